"""The help desk mends an order: corrects its buyer, sends its tickets again, and sees all that became of it."""

import secrets

import pytest

from support import (created, eventually, faults, new_event, new_ticket_type, order_body, pages, path, problem_of)


def mail():
    return f"m{secrets.token_hex(12)}@example.org"


@pytest.fixture
def sold(db, tickets):
    """An order of an event that mails tickets, with `buyer`; to be confirmed if it is a hold."""
    def sell(quantity=2, buyer=None, messages=True, **changes):
        event = new_event(db, messages={"tickets": messages})
        kind = new_ticket_type(db, event)
        order = created(tickets.post(path(event, "orders"),
                                     order_body((kind, quantity), buyer=buyer or mail(), **changes)))
        return event, order
    return sell


def body_of(message):
    return message["source"].replace("=\r\n", "").replace("=\n", "")


def history(tickets, event, order, **query):
    return list(pages(tickets, path(event, "orders", order, "history"), **query))


def resend(tickets, event, order, body=None, key=None):
    return tickets.post(path(event, "orders", order, "resend"), body, idempotency_key=key)


# Resending

def test_tickets_are_sent_again_to_the_buyer(tickets, inbox, sold):
    event, order = sold(buyer=(address := mail()))
    inbox.wait_for(address)
    answer = resend(tickets, event, order, key="again-" + order["id"])
    assert answer.status_code == 200 and answer.json()["id"] == order["id"], answer.text
    messages = inbox.wait_for(address, 2)
    for ticket in order["tickets"]:
        assert all(ticket["code"] in body_of(message) for message in messages)
    assert resend(tickets, event, order, key="again-" + order["id"]).json() == answer.json()
    assert len(inbox.messages(address)) == 2, "a repeat sent them again"


def test_tickets_are_sent_to_another_address_which_the_order_does_not_take(tickets, inbox, sold):
    event, order = sold(messages=False)
    assert resend(tickets, event, order, {"to": (elsewhere := mail())}).status_code == 200
    [message] = inbox.wait_for(elsewhere)
    assert all(ticket["code"] in body_of(message) for ticket in order["tickets"])
    assert tickets.get(path(event, "orders", order)).json()["buyer"] == order["buyer"]


def test_nobody_gets_another_holders_code(tickets, inbox, sold):
    event, order = sold(buyer=(buyer := mail()))
    inbox.wait_for(buyer)
    assert tickets.post(path(event, "orders", order, "tickets", "2", "transfer"),
                        {"name": "Bob", "email": (bob := mail())}).status_code == 200
    [told] = inbox.wait_for(bob)
    code = tickets.get(path(event, "orders", order, "tickets", "2")).json()["code"]
    assert code in body_of(told)
    assert resend(tickets, event, order, {"to": bob}).status_code == 200
    first, second = (ticket["code"] for ticket in order["tickets"])
    for message in inbox.wait_for(bob, 2):
        assert code in body_of(message) and first not in body_of(message)
    assert resend(tickets, event, order).status_code == 200
    mine = [body_of(message) for message in inbox.wait_for(buyer, 2)]
    assert all(first in text and code not in text for text in mine)
    assert sorted(second in text for text in mine) == [False, True], "the code that Bob's took the place of"
    assert tickets.post(path(event, "orders", order, "tickets", "1", "assign"),
                        {"name": "Cid", "email": mail()}).status_code == 200
    problem_of(resend(tickets, event, order), 409, "nothing_to_send")


def test_what_cannot_be_sent_again_is_refused(tickets, sold):
    event, held = sold(hold_seconds=600)
    problem_of(resend(tickets, event, held), 409, "nothing_to_send")
    event, order = sold(messages=False)
    answer = resend(tickets, event, order, {"to": "nobody", "nope": 1})
    assert faults(problem_of(answer, 422, "validation_failed")) == {"#/to": "invalid_email", "#/nope": "unknown_member"}
    for _ in range(10):
        assert resend(tickets, event, order).status_code == 200
    problem = problem_of(resend(tickets, event, order), 422, "limit_exceeded")
    assert (problem["limit"], problem["limit_name"]) == (10, "resends")
    missing = {"id": "order_01jz3w4v9he8qb2m5x7k6d0c1n"}
    problem_of(resend(tickets, event, missing), 404, "not_found")


def test_a_holder_who_corrected_the_address_gets_the_ticket_there(tickets, attendees, inbox, sold):
    event, order = sold(quantity=1, messages=False)
    first, right = mail(), mail()
    assert tickets.post(path(event, "orders", order, "tickets", "1", "assign"),
                        {"name": "Bob", "email": first}).status_code == 200
    person = created(attendees.post(path(event, "attendees"), {"name": "Bob", "email": first}))
    assert attendees.patch(path(event, "attendees", person), {"email": right}).status_code == 200
    eventually(lambda: tickets.get(path(event, "orders", order, "tickets", "1")).json()["attendee"]["email"] == right)
    assert resend(tickets, event, order, {"to": right}).status_code == 200
    [message] = inbox.wait_for(right)
    assert order["tickets"][0]["code"] in body_of(message)


# A corrected address

def test_the_old_address_is_told_of_a_corrected_one(tickets, inbox, sold):
    event, order = sold(buyer=(old := mail()))
    inbox.wait_for(old)
    new = mail()
    answer = tickets.patch(path(event, "orders", order), {"buyer": {"email": new}})
    assert answer.status_code == 200, answer.text
    [told] = [message for message in inbox.wait_for(old, 2) if "changed" in message["subject"]]
    assert new not in told["source"], "a stranger may have the old address"
    assert order["id"] in body_of(told)
    assert not any(ticket["code"] in body_of(told) for ticket in order["tickets"])
    assert tickets.patch(path(event, "orders", order), {"buyer": {"name": "Ada B."}}).status_code == 200
    assert resend(tickets, event, order).status_code == 200
    inbox.wait_for(new)
    assert len(inbox.messages(old)) == 2


# History

def test_all_that_became_of_an_order_is_told_in_order(tickets, inbox, bus, sold):
    event, held = sold(quantity=1, hold_seconds=600, buyer=(buyer := mail()))
    payment = f"pay-{secrets.token_hex(8)}"
    assert bus.ask("payment.succeeded", {"order_id": held["id"], "event_id": event["id"], "payment_id": payment,
                                         "amount": held["total"]}).status == 200
    inbox.wait_for(buyer)
    order = tickets.get(path(event, "orders", held)).json()
    code = order["tickets"][0]["code"]
    corrected = tickets.request("PATCH", path(event, "orders", held), json={"buyer": {"phone": "+34600111222"}},
                                headers={"Idempotency-Key": "phone-" + held["id"]})
    assert corrected.status_code == 200
    assert tickets.post(path(event, "check-ins"), {"code": code, "gate": "north"}).status_code == 200
    problem_of(tickets.post(path(event, "check-ins"), {"code": code, "gate": "south"}), 409, "already_checked_in")
    assert resend(tickets, event, held).status_code == 200
    inbox.wait_for(buyer, 2)
    told = eventually(lambda: (lambda told: told if [one["kind"] for one in told].count("mail") == 2 else None)(
        history(tickets, event, held)))
    commands = [(one["command"], one["key"], one["changed"]) for one in told if one["kind"] == "command"]
    assert commands[0] == ("order.place", "anonymous", [])
    assert commands[1][:2] == ("payment.succeeded", "/tests")
    assert {"status", "paid", "payments", "tickets"} <= set(commands[1][2])
    assert commands[2:] == [("order.update", "anonymous", ["buyer"]), ("order.resend", "anonymous", [])]
    [update] = [one for one in told if one.get("command") == "order.update"]
    assert update["command_id"] == "phone-" + held["id"]
    assert update["operation_id"] == corrected.headers["Operation-Id"]
    [paid] = [one for one in told if one["kind"] == "payment"]
    assert (paid["payment_id"], paid["status"], paid["amount"]) == (payment, "succeeded", held["total"])
    scans = [(one["result"], one["gate"], one.get("reason"), one["key"]) for one in told if one["kind"] == "scan"]
    assert scans == [("admitted", "north", None, "anonymous"), ("refused", "south", "already_checked_in", "anonymous")]
    times = [one["at"] for one in told]
    assert times == sorted(times) and times[0] == held["created_at"]
    shown = repr(told)
    assert buyer not in shown and "+34600111222" not in shown and code not in shown and "Ada" not in shown
    for limit in (1, 3):
        assert history(tickets, event, held, limit=limit) == told


def test_the_history_of_an_erased_order_names_nobody(tickets, sold):
    event, order = sold(buyer=(buyer := mail()), messages=False)
    assert tickets.post(path(event, "orders", order, "erase")).status_code == 200
    told = history(tickets, event, order)
    assert [one["command"] for one in told] == ["order.place", "order.erase"]
    assert buyer not in repr(told)


def test_of_no_order_there_is_no_history(db, tickets, sold):
    event, order = sold(messages=False)
    problem_of(tickets.get(path(new_event(db), "orders", order, "history")), 404, "not_found")
    answer = tickets.get(path(event, "orders", order, "history"), params={"cursor": "x"})
    problem_of(answer, 422, "validation_failed")
