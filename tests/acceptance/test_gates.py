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
    refused(other.scan(code), 409, "wrong_event")
    [early] = other.codes()
    assert refused(other.scan(early), 409, "not_yet")["check_in_opens_at"] == "2029-12-31T23:00:00.000Z"
    assert tickets.post(f"{door.path}/orders/{order['id']}/cancel").status_code == 200
    refused(door.scan(code), 409, "void")
    refused(door.scan("0000"), 404, "not_found")


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
