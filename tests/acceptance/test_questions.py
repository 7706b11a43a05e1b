"""What an event asks of each ticket's holder: at the order, later by the desk and by the holder, and where it is read."""

import csv
import io
import json

import pytest
from test_mail_content import address, mails
from test_order_page import PAGE, give, mailed_token, seen, token_of

from support import attendee_body, created, event_body, eventually, new_ticket_type, on_sale, order_body, path, problem_of

SIZE = {"id": "size", "label": "T-shirt size", "kind": "choice", "choices": ["S", "M", "L"], "required": True,
        "texts": [{"locale": "es", "label": "Talla de camiseta", "choices": ["P", "M", "G"]}]}
FIRST = {"id": "first", "label": "Is it your first visit?", "kind": "yes_no"}
DIET = {"id": "diet", "label": "Diet, if any", "kind": "text", "show_at_check_in": True}


@pytest.fixture
def asking(db):
    """An event that asks, with its two types; a size is asked for the first one alone."""
    event, stalls = on_sale(db, name="Stalls")
    balcony = new_ticket_type(db, event, name="Balcony", type="balcony")
    questions = [{**SIZE, "ticket_type_ids": [stalls["id"]]}, FIRST, DIET]
    answer = db.patch(path(event), {"questions": questions})
    assert answer.status_code == 200 and answer.json()["questions"] == questions, answer.text
    return event, stalls, balcony


def asked_body(kind, *answers, **changes):
    body = order_body((kind, len(answers)), **changes)
    body["items"][0]["tickets"] = [{"answers": one} for one in answers]
    return body


def faults(answer):
    return {(error["pointer"], error["code"]) for error in problem_of(answer, 422, "validation_failed")["errors"]}


def buy(tickets, event, kind, *answers, **changes):
    return created(tickets.post(path(event, "orders"), asked_body(kind, *answers, **changes)))


def answers_of(tickets, event, order):
    order = tickets.get(path(event, "orders", order)).json()
    return [ticket.get("answers", {}) for ticket in order["tickets"]]


def test_an_order_answers_for_each_ticket_and_every_fault_is_named(tickets, asking):
    event, stalls, balcony = asking
    order = buy(tickets, event, stalls, {"size": "M", "diet": "vegan"}, {"size": "S", "first": "yes", "diet": ""})
    assert answers_of(tickets, event, order) == [{"size": "M", "diet": "vegan"}, {"size": "S", "first": "yes"}]
    ticket = tickets.get(path(event, "orders", order, "tickets", "1")).json()
    assert ticket["answers"] == {"size": "M", "diet": "vegan"}
    body = asked_body(stalls, {"size": "XL", "first": "perhaps"}, {}, {"size": "M", "shoe": "44"})
    assert faults(tickets.post(path(event, "orders"), body)) == {
        ("#/items/0/tickets/0/answers/size", "not_allowed"), ("#/items/0/tickets/0/answers/first", "not_allowed"),
        ("#/items/0/tickets/1/answers/size", "required"), ("#/items/0/tickets/2/answers/shoe", "unknown_question")}
    assert faults(tickets.post(path(event, "orders"), asked_body(balcony, {"size": "M"}))) == {
        ("#/items/0/tickets/0/answers/size", "unknown_question")}
    body = asked_body(stalls, {"size": "M"}, {"size": 5})
    body["items"][0]["quantity"] = 1
    assert faults(tickets.post(path(event, "orders"), body)) == {("#/items/0/tickets/1/answers/size", "wrong_type")}
    body = asked_body(stalls, {"size": "M"}, {"size": "M"})
    body["items"][0]["quantity"] = 1
    assert faults(tickets.post(path(event, "orders"), body)) == {("#/items/0/tickets", "too_long")}


def test_a_box_office_asks_later(tickets, asking):
    event, stalls, _ = asking
    orders = path(event, "orders")
    assert faults(tickets.post(orders, order_body((stalls, 1)))) == {("#/items/0/tickets/0/answers/size", "required")}
    order = created(tickets.post(orders, order_body((stalls, 2), answers_later=True)))
    answer = tickets.post(path(event, "orders", order, "answers"), {"tickets": [{"n": 2, "answers": {"size": "L"}}]})
    assert answer.status_code == 200 and "answers_later" not in answer.json(), answer.text
    assert answers_of(tickets, event, order) == [{}, {"size": "L"}]
    steps = tickets.get(path(event, "orders", order, "history")).json()["items"]
    assert [step["changed"] for step in steps if step.get("command") == "order.answer"] == [["tickets"]]


def test_a_hold_takes_its_answers_along(tickets, asking):
    event, stalls, _ = asking
    order = buy(tickets, event, stalls, {"size": "M"}, {"size": "S"}, hold_seconds=600)
    answers = {"tickets": [{"n": 1, "answers": {"diet": "vegan"}}]}
    held = tickets.post(path(event, "orders", order, "answers"), answers).json()
    assert held["items"][0]["tickets"] == [{"answers": {"size": "M", "diet": "vegan"}}, {"answers": {"size": "S"}}]
    paid = tickets.post(path(event, "orders", order, "confirm")).json()
    assert [ticket["answers"] for ticket in paid["tickets"]] == [{"size": "M", "diet": "vegan"}, {"size": "S"}]
    assert "tickets" not in paid["items"][0]


def test_a_question_is_withdrawn_and_its_answers_are_read(db, tickets, asking):
    event, stalls, _ = asking
    order = buy(tickets, event, stalls, {"size": "M"})
    assert faults(db.patch(path(event), {"questions": [{**SIZE, "kind": "text", "choices": None, "texts": None}, FIRST]})) == {
        ("#/questions", "question_in_use"), ("#/questions/0/kind", "read_only")}
    withdrawn = {**SIZE, "label": "Shirt", "choices": ["XL"], "texts": [], "withdrawn": True}
    assert db.patch(path(event), {"questions": [withdrawn, FIRST, DIET]}).status_code == 200
    assert answers_of(tickets, event, order) == [{"size": "M"}]
    assert rows_of(tickets, event)[0]["Shirt"] == "M"
    created(tickets.post(path(event, "orders"), order_body((stalls, 1))))


def test_a_holder_answers_by_the_own_link(db, tickets, inbox, asking):
    event, stalls, _ = asking
    assert db.patch(path(event), {"messages": {"tickets": True}}).status_code == 200
    order = buy(tickets, event, stalls, {"size": "M"}, {"size": "S"})
    token, holder = token_of(tickets, event, order), address()
    give(tickets, event, order, 2, holder, "transfer")
    assert answers_of(tickets, event, order) == [{"size": "M"}, {}]
    page = seen(tickets, token, locale="es-MX")
    own, other = page["tickets"]
    assert "questions" not in other
    assert own["questions"] == [{"id": "size", "answer": "M"}, {"id": "first"}, {"id": "diet"}]
    assert page["questions"] == [
        {"id": "size", "label": "Talla de camiseta", "kind": "choice", "required": True,
         "choices": [{"value": "S", "label": "P"}, {"value": "M", "label": "M"}, {"value": "L", "label": "G"}]},
        {"id": "first", "label": FIRST["label"], "kind": "yes_no", "required": False},
        {"id": "diet", "label": DIET["label"], "kind": "text", "required": False}]
    [mail] = mails(inbox, holder)
    theirs = mailed_token(tickets, mail)
    problem_of(tickets.post(f"{PAGE}/tickets/2/answers", {"token": token, "answers": {"size": "M"}}), 404, "not_found")
    answer = tickets.post(f"{PAGE}/tickets/2/answers", {"token": theirs, "answers": {"size": "L", "first": "no"}})
    assert answer.json() == {"number": 2, "status": "valid", "yours": True}
    assert faults(tickets.post(f"{PAGE}/tickets/2/answers", {"token": theirs, "answers": {"size": "XL"}})) == {
        ("#/answers/size", "not_allowed")}
    [ticket] = seen(tickets, theirs)["tickets"]
    assert [one.get("answer") for one in ticket["questions"]] == ["L", "no", None]


def test_a_group_sees_its_page_whatever_is_asked(db, tickets):
    event, kind = on_sale(db)
    questions = [{"id": f"q-{n}", "label": "Ж" * 200, "kind": "choice", "choices": [f"Ж {one}" for one in range(80)]}
                 for n in range(20)]
    assert db.patch(path(event), {"questions": questions}).status_code == 200
    order = created(tickets.post(path(event, "orders"), order_body((kind, 100))))
    page = seen(tickets, token_of(tickets, event, order))
    assert [len(question["choices"]) for question in page["questions"]] == [80] * 20
    assert [len(ticket["questions"]) for ticket in page["tickets"]] == [20] * 100


def test_a_gate_sees_what_is_for_it(tickets, asking):
    event, stalls, _ = asking
    order = buy(tickets, event, stalls, {"size": "M", "diet": "vegan"})
    code = {"code": order["tickets"][0]["code"]}
    shown = [tickets.post(path(event, "tickets", "lookup"), code).json(), tickets.post(path(event, "check-ins"), code).json(),
             *tickets.get(path(event, "check-ins", "codes")).json()["items"]]
    assert [one["answers"] for one in shown] == [{"diet": "vegan"}] * 3


def rows_of(tickets, event, **query):
    answer = tickets.get(path(event, "tickets", "export"), params=query, headers={"Accept": "text/csv"})
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode())))


def test_tickets_are_listed_and_exported_with_a_column_for_each_question(db, tickets, attendees, asking):
    event, stalls, balcony = asking
    order = buy(tickets, event, stalls, {"size": "M", "diet": "=cmd"}, {"size": "S"}, buyer="ada@example.org")
    other = buy(tickets, event, balcony, {"first": "yes"}, buyer="bea@example.org")
    give(tickets, event, order, 2, "cid@example.org")
    items = tickets.get(path(event, "tickets")).json()["items"]
    assert [(one["order_id"], one["number"], one["name"], one["email"]) for one in items] == [
        (order["id"], 1, "Ada Lovelace", "ada@example.org"), (order["id"], 2, "Bea Blau", "cid@example.org"),
        (other["id"], 1, "Ada Lovelace", "bea@example.org")]
    assert items[0]["questions"][0] == {"id": "size", "label": "T-shirt size", "answer": "M"}
    assert "code" not in items[0]
    rows = rows_of(tickets, event)
    assert [(row["ticket_type"], row["T-shirt size"], row["Is it your first visit?"], row["Diet, if any"]) for row in rows] == [
        ("Stalls", "M", "", "'=cmd"), ("Stalls", "S", "", ""), ("Balcony", "", "yes", "")]
    assert [row["email"] for row in rows] == ["ada@example.org", "cid@example.org", "bea@example.org"]
    assert [row["order_id"] for row in rows_of(tickets, event, ticket_type_id=balcony["id"])] == [other["id"]]
    tickets.post(path(event, "orders", other, "cancel"))
    assert [row["status"] for row in rows_of(tickets, event, status="void")] == ["void"]


def test_people_are_exported_with_what_they_answered(tickets, attendees, asking):
    event, stalls, _ = asking
    for name in ("cid", "dan", "eva"):
        created(attendees.post(path(event, "attendees"), attendee_body(email=f"{name}@example.org")))
    order = buy(tickets, event, stalls, {"size": "M", "diet": "nuts"}, {"size": "S"}, {"size": "L"}, {"size": "L"})
    for number, name in enumerate(("cid", "cid", "dan", "dan"), start=1):
        give(tickets, event, order, number, f"{name}@example.org")
    codes = {"tickets": [order["tickets"][3]["code"]]}
    assert tickets.post(path(event, "orders", order, "cancel"), codes).status_code == 200
    export = path(event, "attendees", "export")
    rows = csv.DictReader(io.StringIO(attendees.get(export, headers={"Accept": "text/csv"}).content.decode()))
    assert {row["email"]: (row["T-shirt size"], row["Diet, if any"]) for row in rows} == {
        "cid@example.org": ("M; S", "nuts"), "dan@example.org": ("L", ""), "eva@example.org": ("", "")}
    lines = attendees.get(export, headers={"Accept": "application/x-ndjson"}).text.splitlines()
    assert {"id": "size", "label": "T-shirt size", "answer": "M; S"} in [
        question for line in lines for question in json.loads(line)["questions"]]


def test_orders_of_an_event_are_exported_with_what_was_answered_for_their_tickets(tickets, asking):
    event, stalls, balcony = asking
    shirts = buy(tickets, event, stalls, {"size": "M", "diet": "=nuts"}, {"size": "S"}, {"size": "L", "diet": "milk"})
    held = buy(tickets, event, balcony, {"first": "yes"}, {}, hold_seconds=600)
    codes = {"tickets": [shirts["tickets"][2]["code"]]}
    assert tickets.post(path(event, "orders", shirts, "cancel"), codes).status_code == 200

    def export(accept="text/csv", **query):
        answer = tickets.get("/v1/orders/export", params=query, headers={"Accept": accept})
        assert answer.status_code == 200, answer.text
        return answer.content.decode()
    rows = list(csv.DictReader(io.StringIO(export(event_id=event["id"]))))
    assert {row["id"]: (row["T-shirt size"], row["Is it your first visit?"], row["Diet, if any"]) for row in rows} == {
        shirts["id"]: ("M; S", "", "'=nuts"), held["id"]: ("", "yes", "")}
    assert list(rows[0])[-3:] == ["T-shirt size", "Is it your first visit?", "Diet, if any"]
    assert [row["id"] for row in csv.DictReader(io.StringIO(export(event_id=event["id"], status="held")))] == [held["id"]]
    lines = [json.loads(line) for line in export("application/x-ndjson", event_id=event["id"]).splitlines()]
    assert {"id": "size", "label": "T-shirt size", "answer": "M; S"} in lines[1]["questions"]
    tickets.post(path(event, "orders", held, "cancel"))
    [row] = csv.DictReader(io.StringIO(export(event_id=event["id"], status="cancelled")))
    assert row["Is it your first visit?"] == ""
    assert "T-shirt size" not in export(created_from=shirts["created_at"]), "of all events none has a column"


def test_a_whole_event_is_exported(db, tickets, asking):
    event, _, balcony = asking
    assert db.patch(path(event, "ticket-types", balcony), {"capacity": 600}).status_code == 200
    for _ in range(6):
        created(tickets.post(path(event, "orders"), order_body((balcony, 100))))
    assert len(rows_of(tickets, event)) == 600


def test_an_erased_person_has_answered_nothing(tickets, asking):
    event, stalls, _ = asking
    order = buy(tickets, event, stalls, {"size": "M", "diet": "nut allergy"}, {"size": "S", "diet": "milk allergy"})
    give(tickets, event, order, 2, "cid@example.org")
    assert tickets.post(path(event, "orders", order, "erase")).status_code == 200
    assert eventually(lambda: tickets.get(path(event, "orders", order, "erasure")).json()["status"] == "done")
    assert answers_of(tickets, event, order) == [{}, {"size": "S", "diet": "milk allergy"}]


def test_a_new_event_is_refused_with_every_fault_of_its_questions(db):
    questions = [{"id": "T-shirt", "label": "T", "kind": "colour"}, {"id": "a", "label": "A", "kind": "choice"},
                 {"id": "a", "label": " ", "kind": "text"}]
    assert faults(db.post("/v1/events", event_body(questions=questions))) == {
        ("#/questions/0/id", "invalid_name"), ("#/questions/0/kind", "not_allowed"), ("#/questions/1/choices", "required"),
        ("#/questions/2/label", "invalid_text")}
