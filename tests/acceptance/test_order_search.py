"""The help desk finds an order by what a caller says, whichever event it is of."""

import csv
import io
import secrets

import pytest

from support import created, eventually, faults, new_event, new_ticket_type, on_sale, order_body, path, problem_of

ORDERS, SEARCH = "/v1/orders", "/v1/orders/search"


@pytest.fixture
def place(db, tickets):
    """Places an order of an event of its own, or of the one given."""
    def buy(event=None, kind=None, **changes):
        if event is None:
            event, kind = on_sale(db)
        buyer = {"name": "Ada Lovelace", "email": mail(), **changes.pop("buyer", {})}
        return created(tickets.post(path(event, "orders"), order_body((kind, 1), buyer="x@example.org", **changes)
                                    | {"buyer": buyer}))
    return buy


def mail():
    return f"m{secrets.token_hex(12)}@example.org"  # never like a phone number


def word():
    """A surname that nobody else has."""
    return "".join(chr(ord("a") + int(digit, 16)) for digit in secrets.token_hex(12))


def found(tickets, **query):
    answer = tickets.get(ORDERS, params=query)
    assert answer.status_code == 200, answer.text
    return [order["id"] for order in answer.json()["items"]]


def asked(tickets, **body):
    answer = tickets.post(SEARCH, body)
    assert answer.status_code == 200, answer.text
    return [order["id"] for order in answer.json()["items"]]


def test_orders_of_all_events_come_newest_first(tickets, place):
    own = word()
    placed = [place(external_id=own)["id"] for _ in range(5)]
    assert found(tickets, external_id=own) == placed[::-1]
    assert set(placed) <= set(found(tickets, limit=500))
    cursor, seen = None, []
    while True:
        page = tickets.get(ORDERS, params={"external_id": own, "limit": 2, "cursor": cursor}).json()
        seen += [order["id"] for order in page["items"]]
        assert len(page["items"]) <= 2
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == placed[::-1]


@pytest.mark.parametrize("name, q", [
    ("Ana García-{}", "{}"), ("Ana García-{}", "GARCIA {}"), ("Ana García-{}", "{} ana"), ("Ana García-{}", "garcía-{}"),
    ("Pat O'{}", "{}"), ("Pat O’{}", "o'{}"), ("Łukasz {}", "lukasz {}"), ("Zoë Ødegård {}", "odegard {}"),
    ("Straße {}", "strasse {}")])
def test_any_part_of_a_name_finds_its_order(tickets, place, name, q):
    own = word()
    order = place(buyer={"name": name.format(own.capitalize())})
    assert found(tickets, q=q.format(own)) == [order["id"]]
    assert found(tickets, q=q.format(own[:10])) == [order["id"]], "by its beginning"
    assert found(tickets, q=q.format(own) + " nobody") == []


def test_words_are_of_one_person(tickets, place):
    bought, held = word(), word()
    order = place(buyer={"name": f"Ana {bought}"})
    given = tickets.post(path({"id": order["event_id"]}, "orders", order, "tickets", "1", "assign"),
                         {"name": f"Eva {held}", "email": mail()})
    assert given.status_code == 200, given.text
    assert found(tickets, q=f"{held} eva") == found(tickets, q=f"ana {bought}") == [order["id"]]
    assert found(tickets, q=f"ana {held}") == []


def test_an_order_is_found_by_address_phone_and_id(tickets, place):
    order = place(buyer={"email": (address := mail()), "phone": "+34" + (phone := str(600000000 + secrets.randbelow(10**8)))})
    other = place()
    for q in (address, address.upper(), address[:9], order["id"], f" {order['id']} ", "+34" + phone, "0034 " + phone,
              f"{phone[:3]} {phone[3:6]}-{phone[6:]}"):
        assert found(tickets, q=q) == [order["id"]], q
    assert found(tickets, email=address.upper()) == [order["id"]]
    assert found(tickets, q="order_01jz3w4v9he8qb2m5x7k6d0c1n") == []
    assert found(tickets, email=address, q=other["id"]) == []


def test_a_whole_address_finds_who_bought_and_who_holds(tickets, place):
    bought, held = place(buyer={"email": (address := mail())}), place()
    given = tickets.post(path({"id": held["event_id"]}, "orders", held, "tickets", "1", "assign"),
                         {"name": "Eva Stein", "email": address.upper()})
    assert given.status_code == 200, given.text
    assert found(tickets, q=address) == [held["id"], bought["id"]]
    assert found(tickets, q=f"stein {address}") == [held["id"]]
    assert found(tickets, email=address) == [bought["id"]]
    first = tickets.get(ORDERS, params={"q": address, "limit": 1}).json()
    assert found(tickets, q=address, limit=1, cursor=first["next"]) == [bought["id"]]
    assert found(tickets, q=address.partition(".")[0]) == [held["id"], bought["id"]], "its beginning"


def test_a_code_is_searched_in_a_body_alone(tickets, place):
    order = place()
    code = order["tickets"][0]["code"]
    assert asked(tickets, q=code) == [order["id"]]
    assert asked(tickets, q=f"{code[:13].upper()}-{code[13:]}") == [order["id"]]
    assert asked(tickets, q=order["id"]) == [order["id"]]
    assert faults(problem_of(tickets.get(ORDERS, params={"q": code}), 422, "validation_failed"), "parameter") == {
        "q": "not_allowed"}
    reissued = tickets.post(path({"id": order["event_id"]}, "orders", order, "tickets", "1", "reissue"))
    assert reissued.status_code == 200, reissued.text
    assert asked(tickets, q=code) == [order["id"]], "a code that was replaced"
    assert asked(tickets, q="0" * 26) == []


def test_filters_hold_together(db, tickets, bus, place):
    event = new_event(db)
    kind, other = (new_ticket_type(db, event, name=name) for name in ("Stalls", "Circle"))
    first = place(event, kind)
    held = place(event, kind, hold_seconds=600)
    second = place(event, other)
    assert found(tickets, event_id=event["id"]) == [second["id"], held["id"], first["id"]]
    assert found(tickets, ticket_type_id=kind["id"]) == [held["id"], first["id"]]
    assert found(tickets, ticket_type_id=kind["id"], status="paid") == [first["id"]]
    assert found(tickets, event_id=event["id"], status="held") == [held["id"]]
    assert found(tickets, event_id=event["id"], created_from=held["created_at"]) == [second["id"], held["id"]]
    assert found(tickets, event_id=event["id"], created_before=held["created_at"]) == [first["id"]]
    payment = f"pay-{secrets.token_hex(8)}"
    paid = bus.ask("payment.succeeded", {"order_id": held["id"], "event_id": event["id"], "payment_id": payment,
                                         "amount": {"amount": 1, "currency": "EUR"}})
    assert paid.status == 200, paid
    assert found(tickets, payment_id=payment) == [held["id"]]
    assert found(tickets, event_id=event["id"], refund_due="true") == [held["id"]]
    assert found(tickets, event_id=event["id"], refund_due="false") == [second["id"], first["id"]]
    assert found(tickets, payment_id="none-such") == []


def test_a_corrected_buyer_is_found_as_corrected(tickets, place):
    order = place(buyer={"name": f"Ada {(wrong := word())}"})
    right, at = word(), path({"id": order["event_id"]}, "orders", order)
    assert tickets.patch(at, {"buyer": {"name": f"Ada {right}", "email": (address := mail())}}).status_code == 200
    assert found(tickets, q=wrong) == [] and found(tickets, q=right) == [order["id"]]
    assert found(tickets, email=address) == [order["id"]]
    assert tickets.post(f"{at}/erase").status_code == 200
    eventually(lambda: found(tickets, q=right) == [] and found(tickets, email=address) == [])


def test_every_fault_of_a_search_is_named(tickets):
    problem = problem_of(tickets.get(ORDERS, params={"status": "asleep", "limit": 0, "created_from": "soon", "nope": 1,
                                                     "sort": "created_at"}), 422, "validation_failed")
    assert set(faults(problem, "parameter")) == {"status", "limit", "created_from", "nope", "sort"}
    problem = problem_of(tickets.post(SEARCH, {"q": 5, "nope": 1}), 422, "validation_failed")
    assert set(faults(problem)) == {"#/q", "#/nope"}
    problem_of(tickets.get(ORDERS, params={"cursor": "x"}), 422, "validation_failed")
    for q in ("' - ’", "a b"):  # nothing in it narrows a million orders down
        assert faults(problem_of(tickets.get(ORDERS, params={"q": q}), 422, "validation_failed"), "parameter") == {
            "q": "too_short"}
        assert faults(problem_of(tickets.post(SEARCH, {"q": q}), 422, "validation_failed")) == {"#/q": "too_short"}
    assert found(tickets, q="%00x") == []


def test_orders_are_exported_as_csv_that_runs_nothing(db, tickets, place):
    event, kind = on_sale(db)
    orders = [place(event, kind, buyer={"name": f'=Ada, "{number}"'}) for number in range(3)]
    answer = tickets.get("/v1/orders/export", params={"event_id": event["id"]}, headers={"Accept": "text/csv"})
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/csv")
    assert "attachment" in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))
    assert [row["id"] for row in rows] == [order["id"] for order in orders[::-1]]
    assert rows[2]["name"] == "'" + orders[0]["buyer"]["name"] and rows[2]["email"] == orders[0]["buyer"]["email"]
    assert (rows[0]["status"], rows[0]["tickets"], rows[0]["total"], rows[0]["currency"]) == ("paid", "1", "2500", "EUR")
    code = orders[0]["tickets"][0]["code"]
    assert code not in answer.text, "an export has no codes"
    assert tickets.get("/v1/orders/export", params={"event_id": event["id"], "q": "nobody"}).text.count("\r\n") == 1
    problem_of(tickets.get("/v1/orders/export", params={"status": "asleep"}), 422, "validation_failed")


def test_an_export_names_each_payment_once(tickets, bus, place):
    held = place(hold_seconds=600)
    for outcome in ("payment.failed", "payment.succeeded"):
        assert bus.ask(outcome, {"order_id": held["id"], "event_id": held["event_id"], "payment_id": (pay := f"p-{held['id']}"),
                                 "amount": held["total"]}).status == 200
    answer = tickets.get("/v1/orders/export", params={"event_id": held["event_id"]}, headers={"Accept": "text/csv"})
    [row] = csv.DictReader(io.StringIO(answer.content.decode(), newline=""))
    assert (row["status"], row["payment_ids"]) == ("paid", pay)


def test_a_long_export_is_whole(db, tickets, place):
    event, kind = on_sale(db, capacity=1000)
    orders = [place(event, kind)["id"] for _ in range(30)]
    answer = tickets.get("/v1/orders/export", params={"event_id": event["id"]},
                         headers={"Accept": "application/x-ndjson"})
    assert answer.status_code == 200
    assert answer.text.count("\n") == 30 and all(order in answer.text for order in orders)
