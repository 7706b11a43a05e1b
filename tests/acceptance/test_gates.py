"""Gates: one admission a code, whoever scans it, how often and whenever."""

import base64
import ctypes
import ctypes.util
import hashlib
import secrets
from concurrent.futures import ThreadPoolExecutor

import pytest


def made(answer, status=201):
    assert answer.status_code == status, answer.text
    return answer.json()


def refused(answer, status, code):
    assert (answer.status_code, answer.json().get("code")) == (status, code), answer.text
    return answer.json()


class Door:
    """An event on sale, and what is done with its tickets."""

    def __init__(self, db, tickets, **changes):
        self.tickets = tickets
        self.event = made(db.post("/v1/events", {
            "name": "Concert", "starts_at": "2030-05-01T20:00:00+02:00", "time_zone": "Europe/Madrid",
            "location": "Hall", "category": "music", "currency": "EUR", "status": "published", **changes}))
        self.path = f"/v1/events/{self.event['id']}"
        self.type = made(db.post(f"{self.path}/ticket-types", {
            "type": "general", "name": "General", "price": {"amount": 2500, "currency": "EUR"},
            "capacity": 1000}))

    def order(self, quantity=1, **more):
        return made(self.tickets.post(f"{self.path}/orders", {
            "items": [{"ticket_type_id": self.type["id"], "quantity": quantity}],
            "buyer": {"name": "Ada", "email": "ada@example.org"}, **more}))

    def codes(self, quantity=1):
        return [ticket["code"] for ticket in self.order(quantity)["tickets"]]

    def scan(self, code, **more):
        return self.tickets.post(f"{self.path}/check-ins", {"code": code, **more})

    def scans(self, **query):
        return self.tickets.get(f"{self.path}/check-ins", params=query).json()["items"]


@pytest.fixture
def door(db, tickets):
    return Door(db, tickets)


def test_one_code_scanned_by_16_gates_at_once_is_admitted_once(door):
    [code] = door.codes()
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda n: door.scan(code, gate=f"gate {n}", nonce="1"), range(16)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 15
    [admitted] = [answer.json() for answer in answers if answer.status_code == 200]
    assert admitted["status"] == "checked_in"
    for answer in answers:
        if answer.status_code == 409:
            problem = refused(answer, 409, "already_checked_in")
            assert (problem["gate"], problem["checked_in_at"]) == (admitted["gate"], admitted["checked_in_at"])
    assert door.tickets.post(f"{door.path}/tickets/lookup", {"code": code}).json() == admitted


def test_a_gates_own_retry_succeeds_again(door):
    [code] = door.codes()
    first = door.scan(code, gate="north", nonce="n1")
    assert (first.status_code, door.scan(code, gate="north", nonce="n1").json()) == (200, first.json())
    refused(door.scan(code, gate="north", nonce="n2"), 409, "already_checked_in")
    undone = door.tickets.post(f"{door.path}/check-ins/undo", {"code": code})
    assert made(undone, 200)["status"] == "valid"
    assert door.scan(code, gate="south").status_code == 200


def test_a_refusal_says_why(db, tickets, door):
    order = door.order()
    code = order["tickets"][0]["code"]
    other = Door(db, tickets, check_in_opens_at="2029-12-31T23:00:00Z")
    wrong = refused(other.scan(code), 409, "wrong_event")
    assert (wrong["event_id"], wrong["event_name"]) == (door.event["id"], "Concert")
    [early] = other.codes()
    assert refused(other.scan(early), 409, "not_yet")["check_in_opens_at"] == "2029-12-31T23:00:00.000Z"
    assert tickets.post(f"{door.path}/orders/{order['id']}/cancel").status_code == 200
    assert refused(door.scan(code), 409, "void")["void_reason"] == "cancelled"
    refused(door.scan("0000"), 404, "not_found")


def test_an_answer_names_the_type_and_the_holder(tickets, door):
    order = door.order(2)
    assigned = {"name": "Bea", "email": "bea@example.org"}
    made(tickets.post(f"{door.path}/orders/{order['id']}/tickets/2/assign", assigned), 200)
    one, two = (made(door.scan(ticket["code"]), 200) for ticket in order["tickets"])
    assert [(ticket["ticket_type"], ticket["holder"]) for ticket in (one, two)] == [
        ("General", "Ada"), ("General", "Bea")]
    assert made(tickets.post(f"{door.path}/tickets/lookup", {"code": two["code"]}), 200) == two
    assert made(tickets.get(f"{door.path}/orders/{order['id']}/tickets/2"), 200) == two
    assert made(tickets.get(f"{door.path}/check-ins/codes"), 200)["items"] == [one, two]


def test_a_code_may_be_typed(door):
    [code] = door.codes()
    typed = code.upper().replace("0", "O").replace("1", "L")
    typed = "-".join(typed[at:at + 5] for at in range(0, 26, 5)).replace("-", " \t", 1) + "\r\n"
    assert door.scan(typed).json()["code"] == code
    assert made(door.tickets.post(f"{door.path}/tickets/lookup", {"code": typed}), 200)["status"] == "checked_in"
    assert made(door.tickets.post(f"{door.path}/check-ins/undo", {"code": typed}), 200)["status"] == "valid"


def test_a_code_that_was_replaced_is_looked_up(tickets, door):
    order = door.order()
    path, old = f"{door.path}/orders/{order['id']}/tickets/1", order["tickets"][0]["code"]
    made(tickets.post(f"{path}/transfer", {"name": "Cy", "email": "cy@example.org"}), 200)
    found = made(tickets.post(f"{door.path}/tickets/lookup", {"code": old}), 200)
    assert found == {"code": old, "order_id": order["id"], "ticket_type_id": door.type["id"],
                     "ticket_type": "General", "status": "void", "void_reason": "transferred"}
    assert refused(door.scan(old), 409, "void")["void_reason"] == "transferred"


def test_an_event_that_is_over_neither_sells_nor_admits(db, tickets, attendees):
    past = Door(db, tickets)
    one, two, three = past.codes(3)
    body = {"items": [{"ticket_type_id": past.type["id"], "quantity": 1}],
            "buyer": {"name": "Ada", "email": "ada@example.org"}}

    def change(**members):
        assert db.patch(past.path, members).status_code == 200
    change(starts_at="2026-01-01T20:00:00Z", ends_at="2026-01-01T22:00:00Z")
    problem = refused(tickets.post(f"{past.path}/orders", body), 409, "not_on_sale")
    assert (problem["reason"], problem["over_at"]) == ("event_over", "2026-01-01T22:00:00.000Z")
    refused(past.scan(one), 409, "event_over")
    refused(attendees.post(f"{past.path}/attendees", body["buyer"]), 409, "event_over")
    for query in ("", "?dry_run=true"):
        answer = attendees.request("POST", f"{past.path}/attendees/import{query}", data=b"name,email\nA,a@b.org\n",
                                   headers={"Content-Type": "text/csv"})
        refused(answer, 409, "event_over")
    items = tickets.get(f"{past.path}/availability").json()["items"]
    assert [item["available"] for item in items] == [997]
    change(check_in_closes_at="2040-01-01T00:00:00Z")
    assert past.scan(one).status_code == 200
    change(check_in_closes_at=None, starts_at="2040-01-01T20:00:00Z", ends_at=None)
    assert tickets.post(f"{past.path}/orders", body).status_code == 201
    assert past.scan(two).status_code == 200
    change(status="finished")
    refused(past.scan(three), 409, "event_over")
    refused(attendees.post(f"{past.path}/attendees", body["buyer"]), 409, "event_over")


def test_a_cancelled_event_admits_nobody(db, tickets):
    gone = Door(db, tickets)
    [code] = gone.codes()
    assert db.post(f"{gone.path}/cancel").status_code == 200
    refused(gone.scan(code), 409, "event_cancelled")


def test_every_scan_is_listed_without_its_code(door):
    [code] = door.codes()
    door.scan(code, gate="north")
    door.scan(code, gate="south")
    door.scan("forged", gate="south")
    scans = door.scans()
    assert [(scan["result"], scan["gate"], scan.get("reason")) for scan in scans] == [
        ("admitted", "north", None), ("refused", "south", "already_checked_in"), ("refused", "south", "not_found")]
    assert scans[2]["code_hash"] == hashlib.sha256(b"forged").hexdigest()
    assert code not in str(scans) and "forged" not in str(scans)
    assert door.scans(result="refused") == scans[1:]
    assert door.scans(gate="north") == scans[:1]


def test_scans_of_an_offline_gate_are_taken_in_with_their_own_times(door):
    one, two, three = door.codes(3)
    assert door.scan(two, gate="online").status_code == 200
    scans = [{"code": one, "gate": "off", "nonce": "1", "at": "2026-01-01T10:00:00Z"},
             {"code": two, "gate": "off", "nonce": "2", "at": "2026-01-01T10:01:00Z"},
             {"code": "forged", "gate": "off", "nonce": "3", "at": "2026-01-01T10:02:00Z"},
             {"code": three, "gate": "off", "nonce": "4", "at": "2026-01-01T10:03:00Z"}]
    for _ in range(2):  # whose answer was lost
        results = made(door.tickets.post(f"{door.path}/check-ins/bulk", {"scans": scans}), 200)["results"]
        assert [(each["result"], each.get("reason")) for each in results] == [
            ("admitted", None), ("refused", "already_checked_in"), ("refused", "not_found"), ("admitted", None)]
    assert len(door.scans()) == 5
    assert results[0]["ticket"]["checked_in_at"] == "2026-01-01T10:00:00.000Z"
    assert results[1]["ticket"]["gate"] == "online"
    too_many = door.tickets.post(f"{door.path}/check-ins/bulk", {"scans": scans[:1] * 501})
    assert refused(too_many, 422, "validation_failed")["errors"][0]["pointer"] == "#/scans"


def test_500_scans_are_taken_in_at_once(door):
    codes = [code for _ in range(5) for code in door.codes(100)]
    scans = [{"code": code, "gate": "off", "nonce": secrets.token_hex(8)} for code in codes]
    results = made(door.tickets.post(f"{door.path}/check-ins/bulk", {"scans": scans}), 200)["results"]
    assert [each["ticket"]["code"] for each in results if each["result"] == "admitted"] == codes


def test_the_codes_of_an_event_can_be_taken_along(door):
    codes = door.codes(3) + door.codes(2)
    door.order(hold_seconds=60)
    door.scan(codes[1])
    seen, cursor = [], None
    while True:
        query = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = made(door.tickets.get(f"{door.path}/check-ins/codes", params=query), 200)
        assert len(page["items"]) <= 2
        seen += page["items"]
        cursor = page["next"]
        if not cursor:
            break
    assert [ticket["code"] for ticket in seen] == codes
    assert [ticket["status"] for ticket in seen] == ["valid", "checked_in", "valid", "valid", "valid"]


def signed_by(public_key, ticket, event):
    """Whether the ticket is one of the event, as a gate without a network finds out; docs/gates.md."""
    sodium = ctypes.CDLL(ctypes.util.find_library("sodium"))
    key, signature = (base64.urlsafe_b64decode(text + "==") for text in (public_key, ticket["signature"]))
    said = f"{event['id']}.{ticket['code']}".encode()
    return sodium.crypto_sign_verify_detached(signature, said, ctypes.c_ulonglong(len(said)), key) == 0


def test_a_gate_without_a_network_tells_tickets_by_their_signatures(db, tickets, door):
    key = made(tickets.get(f"{door.path}/check-ins/key"), 200)
    assert key["algorithm"] == "Ed25519"
    order = door.order(2)
    held = door.order(hold_seconds=60)
    confirmed = made(tickets.post(f"{door.path}/orders/{held['id']}/confirm"), 200)
    for ticket in order["tickets"] + confirmed["tickets"]:
        assert signed_by(key["public_key"], ticket, door.event)
    ticket = order["tickets"][0]
    assert not signed_by(key["public_key"], {**ticket, "code": order["tickets"][1]["code"]}, door.event)
    assert not signed_by(key["public_key"], ticket, Door(db, tickets).event)
    taken_along = tickets.get(f"{door.path}/check-ins/codes").json()["items"][0]
    assert taken_along["signature"] == ticket["signature"]
    assert door.scan(f"{ticket['code']}.{ticket['signature']}").json()["code"] == ticket["code"]


def test_a_ticket_is_shown_as_a_qr_code(tickets, door):
    order = door.order(2)
    path = f"{door.path}/orders/{order['id']}/tickets"
    assert made(tickets.get(f"{path}/2"), 200)["code"] == order["tickets"][1]["code"]
    for form, content_type, begin in (("svg", "image/svg+xml", b"<svg"), ("png", "image/png", b"\x89PNG")):
        first, second = (tickets.get(f"{path}/{n}/qr.{form}") for n in (1, 2))
        assert (first.status_code, first.headers["Content-Type"]) == (200, content_type)
        assert begin in first.content and first.content != second.content
        assert "private" in first.headers["Cache-Control"]
        known = tickets.get(f"{path}/1/qr.{form}", headers={"If-None-Match": first.headers["ETag"]})
        assert (known.status_code, known.content) == (304, b"")
        assert order["tickets"][0]["code"] not in first.headers["ETag"]
        for n in ("0", "3", "101", "x"):
            refused(tickets.get(f"{path}/{n}/qr.{form}"), 404, "not_found")
    assert tickets.post(f"{door.path}/orders/{order['id']}/cancel").status_code == 200
    refused(tickets.get(f"{path}/1/qr.svg"), 404, "not_found")


def test_a_ticket_passes_from_hand_to_hand(tickets, attendees, door):
    order = door.order(2)
    path = f"{door.path}/orders/{order['id']}/tickets"
    bea = {"name": "Bea", "email": "bea@example.org"}
    person = made(attendees.post(f"{door.path}/attendees", bea))
    assigned = made(tickets.post(f"{path}/2/assign", {**bea, "email": "BEA@example.org"}), 200)
    assert assigned["code"] == order["tickets"][1]["code"]
    assert assigned["attendee"] == {"name": "Bea", "email": "BEA@example.org", "attendee_id": person["id"]}
    hers = attendees.get(f"{door.path}/attendees/{person['id']}/tickets").json()
    assert hers == {"items": [assigned], "next": None}

    old, picture = assigned["code"], tickets.get(f"{path}/2/qr.svg")
    moved = made(tickets.post(f"{path}/2/transfer", {"name": "Cy", "email": "cy@example.org"}), 200)
    assert moved["attendee"] == {"name": "Cy", "email": "cy@example.org"} and moved["code"] != old
    assert tickets.get(f"{path}/2/qr.svg").headers["ETag"] != picture.headers["ETag"]
    assert attendees.get(f"{door.path}/attendees/{person['id']}/tickets").json()["items"] == []
    refused(door.scan(old), 409, "void")

    again = made(tickets.post(f"{path}/2/reissue"), 200)
    assert again["attendee"] == moved["attendee"]
    refused(door.scan(moved["code"]), 409, "void")
    assert door.scan(again["code"]).json()["attendee"] == moved["attendee"]
    refused(tickets.post(f"{path}/2/reissue"), 409, "already_checked_in")
    refused(tickets.post(f"{path}/3/reissue"), 404, "not_found")
    wrong = refused(tickets.post(f"{path}/1/assign", {"name": "", "email": "nobody"}), 422, "validation_failed")
    assert [error["pointer"] for error in wrong["errors"]] == ["#/name", "#/email"]


def test_a_nonce_is_between_a_gate_and_the_service(tickets, door):
    order = door.order()
    door.scan(order["tickets"][0]["code"], nonce="between us", gate="north")
    shown = tickets.get(f"{door.path}/orders/{order['id']}").json()
    assert shown["tickets"][0]["gate"] == "north" and "between us" not in str(shown)
