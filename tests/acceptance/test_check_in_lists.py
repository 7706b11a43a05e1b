"""Gates with lists of their own: which tickets, at which gates, when, how often, and how many people are inside."""

from datetime import datetime, timedelta, timezone

import pytest

from support import created, faults, new_event, new_ticket_type, order_body, pages, path, problem_of


@pytest.fixture
def sold(db, tickets):
    """An event with an order of three general tickets and one of a VIP: (event, kinds, codes)."""
    event = new_event(db)
    kinds = {name: new_ticket_type(db, event, name=name) for name in ("General", "VIP")}
    order = created(tickets.post(path(event, "orders"), order_body((kinds["General"], 3), (kinds["VIP"], 1))))
    return event, kinds, [ticket["code"] for ticket in order["tickets"]], order


def add(tickets, event, **body):
    return created(tickets.post(path(event, "check-in-lists"), {"name": "Main", **body}))


def scan(tickets, event, code, where=None, gate="north", **more):
    body = {"code": code, "gate": gate, **more}
    if where is not None:
        body["list_id"] = where["id"]
    return tickets.post(path(event, "check-ins"), body)


def admitted(answer):
    assert answer.status_code == 200, answer.text
    return answer.json()


def numbers(tickets, event, where):
    answer = tickets.get(path(event, "check-in-lists", where, "numbers"))
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_lists_are_kept_and_edited(tickets, sold):
    event, kinds, _, _ = sold
    one = add(tickets, event, ticket_type_ids=[kinds["VIP"]["id"]], gates=["north"], mode="entry_exit", max_inside=10)
    address = path(event, "check-in-lists", one)
    assert tickets.get(address).json() == one and one["mode"] == "entry_exit"
    other = add(tickets, event, name="Bar")
    assert other["mode"] == "entry" and "max_inside" not in other
    assert [item["id"] for item in pages(tickets, path(event, "check-in-lists"), limit=1)] == [one["id"], other["id"]]
    assert tickets.patch(address, {"max_inside": 20}).json()["max_inside"] == 20
    replaced = tickets.put(address, {"name": "Back door"})
    assert replaced.status_code == 200 and "gates" not in replaced.json() and replaced.json()["name"] == "Back door"
    assert tickets.delete(path(event, "check-in-lists", other)).status_code == 204
    problem_of(tickets.get(path(event, "check-in-lists", other)), 404, "not_found")


def test_every_fault_of_a_list_is_named(db, tickets, sold):
    event, _, _, _ = sold
    strange = new_ticket_type(db, new_event(db))
    problem = problem_of(tickets.post(path(event, "check-in-lists"), {
        "mode": "both", "max_inside": 0, "gates": [], "nope": 1}), 422, "validation_failed")
    assert set(faults(problem)) == {"#/name", "#/mode", "#/max_inside", "#/gates", "#/nope"}
    problem = problem_of(tickets.post(path(event, "check-in-lists"), {
        "name": "x", "from": "2030-01-02T00:00:00Z", "until": "2030-01-01T00:00:00Z"}), 422, "validation_failed")
    assert faults(problem) == {"#/until": "must_be_after"}
    problem = problem_of(tickets.post(path(event, "check-in-lists"), {
        "name": "x", "ticket_type_ids": [strange["id"]]}), 422, "validation_failed")
    assert faults(problem) == {"#/ticket_type_ids/0": "other_event"}


def test_a_ticket_goes_through_each_list_once(tickets, sold):
    event, _, (code, *_), order = sold
    door, bar = add(tickets, event, name="Door"), add(tickets, event, name="Bar")
    first = admitted(scan(tickets, event, code, door))
    assert (first["status"], first["gate"], first["ticket_type"], first["holder"]) == (
        "checked_in", "north", "General", "Ada Lovelace")
    problem = problem_of(scan(tickets, event, code, door, "south"), 409, "already_checked_in")
    assert (problem["gate"], problem["checked_in_at"]) == ("north", first["checked_in_at"])
    drink = admitted(scan(tickets, event, code, bar, "bar"))
    assert (drink["status"], drink["gate"]) == ("checked_in", "north"), "as the first list let it in"
    assert [(one["list_id"], one["gate"]) for one in drink["lists"]] == [(door["id"], "north"), (bar["id"], "bar")]
    problem_of(scan(tickets, event, code, bar, "bar"), 409, "already_checked_in")
    problem_of(scan(tickets, event, code), 409, "already_checked_in")
    refund = tickets.post(path(event, "orders", order, "refund"), {"tickets": [code]})
    problem_of(refund, 409, "checked_in")


def test_a_ticket_of_another_list_is_told_which(tickets, sold):
    event, kinds, (code, _, _, vip), _ = sold
    lounge = add(tickets, event, name="Lounge", ticket_type_ids=[kinds["VIP"]["id"]], gates=["east"])
    hall = add(tickets, event, name="Hall", ticket_type_ids=[kinds["General"]["id"]])
    problem = problem_of(scan(tickets, event, code, lounge, "east"), 409, "wrong_list")
    assert problem["lists"] == [{"id": hall["id"], "name": "Hall"}]
    problem = problem_of(scan(tickets, event, vip, lounge, "north"), 409, "wrong_gate")
    assert problem["gates"] == ["east"]
    admitted(scan(tickets, event, vip, lounge, "east"))


def test_a_list_has_its_hours(tickets, sold):
    event, _, (code, *_), _ = sold
    now = datetime.now(timezone.utc)
    later = add(tickets, event, **{"from": (now + timedelta(hours=1)).isoformat()})
    past = add(tickets, event, until=(now - timedelta(hours=1)).isoformat())
    assert problem_of(scan(tickets, event, code, later), 409, "not_yet")["check_in_opens_at"] == later["from"]
    assert problem_of(scan(tickets, event, code, past), 409, "list_closed")["until"] == past["until"]


def test_people_go_in_and_out_and_no_more_than_fit(tickets, sold):
    event, _, (first, second, third, _), _ = sold
    tent = add(tickets, event, mode="entry_exit", max_inside=2)
    problem_of(scan(tickets, event, first, tent, direction="out"), 409, "not_inside")
    for code in (first, second):
        admitted(scan(tickets, event, code, tent))
    problem = problem_of(scan(tickets, event, third, tent), 409, "list_full")
    assert problem["limit"] == 2
    assert numbers(tickets, event, tent)["inside"] == 2
    out = admitted(scan(tickets, event, first, tent, direction="out"))
    assert [one["inside"] for one in out["lists"]] == [False] and out["status"] == "checked_in"
    admitted(scan(tickets, event, third, tent))
    problem_of(scan(tickets, event, first, tent), 409, "list_full")
    admitted(scan(tickets, event, third, tent, direction="out"))
    admitted(scan(tickets, event, first, tent))
    problem_of(scan(tickets, event, first, tent), 409, "already_checked_in")
    told = numbers(tickets, event, tent)
    assert (told["inside"], told["admitted"]) == (2, 3)
    plain = add(tickets, event, name="Plain")
    answer = scan(tickets, event, second, plain, direction="out")
    assert faults(problem_of(answer, 422, "validation_failed")) == {"#/direction": "not_allowed"}


def test_a_scan_sent_again_counts_once(tickets, sold):
    event, _, (code, *_), _ = sold
    tent = add(tickets, event, mode="entry_exit")
    for _ in range(2):
        admitted(scan(tickets, event, code, tent, nonce="n-1"))
    assert numbers(tickets, event, tent)["inside"] == 1
    for _ in range(2):
        admitted(scan(tickets, event, code, tent, direction="out", nonce="n-2"))
    assert numbers(tickets, event, tent)["inside"] == 0
    undone = tickets.post(path(event, "check-ins", "undo"), {"code": code})
    assert undone.json()["status"] == "valid" and "lists" not in undone.json()
    assert numbers(tickets, event, tent)["admitted"] == 0


def test_an_unknown_list_admits_nobody(db, tickets, sold):
    event, _, (code, *_), _ = sold
    elsewhere = add(tickets, new_event(db))
    answer = scan(tickets, event, code, elsewhere)
    assert faults(problem_of(answer, 422, "validation_failed")) == {"#/list_id": "other_event"}


def test_the_numbers_of_a_list_say_what_happens(tickets, sold):
    event, kinds, (first, second, _, vip), _ = sold
    hall = add(tickets, event, ticket_type_ids=[kinds["General"]["id"]])
    for code in (first, second):
        admitted(scan(tickets, event, code, hall))
    problem_of(scan(tickets, event, second, hall, "south"), 409, "already_checked_in")
    problem_of(scan(tickets, event, vip, hall, "south"), 409, "wrong_list")
    told = numbers(tickets, event, hall)
    assert told["admitted"] == 2 and told["refused"] == 2
    assert told["reasons"] == [{"reason": "already_checked_in", "count": 1}, {"reason": "wrong_list", "count": 1}]
    assert told["gates"] == [{"gate": "north", "admitted": 2, "refused": 0}, {"gate": "south", "admitted": 0, "refused": 2}]
    assert sum(minute["admitted"] for minute in told["minutes"]) == 2
    assert sum(minute["refused"] for minute in told["minutes"]) == 2
    assert told["expected"] == 3, "valid tickets of its types"
    picture = tickets.get(path(event, "check-in-lists", hall, "numbers.svg"))
    assert picture.status_code == 200 and picture.headers["Content-Type"] == "image/svg+xml"
    assert picture.text.startswith("<svg") and ">2<" in picture.text and "<script" not in picture.text


def test_a_gate_without_network_has_the_codes_of_its_list(tickets, sold):
    event, kinds, codes, _ = sold
    lounge = add(tickets, event, ticket_type_ids=[kinds["VIP"]["id"]])
    listed = list(pages(tickets, path(event, "check-ins", "codes"), list_id=lounge["id"]))
    assert [one["code"] for one in listed] == codes[3:]
    answer = tickets.post(path(event, "check-ins", "bulk"), {"scans": [
        {"code": codes[3], "gate": "east", "nonce": "1", "list_id": lounge["id"]},
        {"code": codes[0], "gate": "east", "nonce": "2", "list_id": lounge["id"]}]})
    assert [(one["result"], one.get("reason")) for one in answer.json()["results"]] == [
        ("admitted", None), ("refused", "wrong_list")]


def test_a_code_for_several_lets_in_so_many_people(db, tickets):
    event = new_event(db)
    family = new_ticket_type(db, event, name="Family", admits=4)
    assert family["admits"] == 4
    order = created(tickets.post(path(event, "orders"), order_body((family, 1))))
    [code] = [ticket["code"] for ticket in order["tickets"]]
    door = add(tickets, event, mode="entry_exit")
    [listed] = pages(tickets, path(event, "check-ins", "codes"))
    assert (listed["admits"], listed["admitted"], listed["left"]) == (4, 0, 4)
    first = admitted(scan(tickets, event, code, door, nonce="1"))
    assert (first["status"], first["admits"], first["admitted"], first["left"]) == ("checked_in", 4, 1, 3)
    assert admitted(scan(tickets, event, code, door, nonce="2", people=2))["left"] == 1
    assert admitted(scan(tickets, event, code, door, nonce="1"))["left"] == 1, "sent again, it lets in nobody"
    assert problem_of(scan(tickets, event, code, door, people=2), 409, "too_many_people")["left"] == 1
    assert admitted(scan(tickets, event, code, door, direction="out"))["lists"][0]["people"] == 2
    told = numbers(tickets, event, door)
    assert (told["admitted"], told["inside"], told["expected"]) == (3, 2, 4)
    assert told["gates"] == [{"gate": "north", "admitted": 3, "refused": 1}]
    assert admitted(scan(tickets, event, code, people=1))["left"] == 0, "a gate without a list goes by the list"
    problem_of(scan(tickets, event, code), 409, "already_checked_in")
    problem_of(tickets.post(path(event, "orders", order, "refund")), 409, "checked_in")
    problem_of(db.patch(path(event, "ticket-types", family), {"admits": 5}), 409, "has_sales")
    for people in (0, 101, "two"):
        assert set(faults(problem_of(scan(tickets, event, code, people=people), 422, "validation_failed"))) == {"#/people"}
    stock = tickets.get(path(event, "ticket-types", family)).json()
    assert (stock["sold"], stock["available"]) == (1, family["capacity"] - 1), "a ticket is one of the capacity"
