"""Messages that an event sends by itself: one each cause, whatever repeats or crashes."""

import email
import re
import secrets
from email import policy

import pytest

from support import (attendee_body, created, eventually, faults, lasts, new_event, new_ticket_type, notification_body,
                     order_body, pages, path, problem_of)

QUIET_S = 2  # long enough for a second mail to show


def address():
    return f"someone-{secrets.token_hex(6)}@example.org"


def parts_of(mail):
    return email.message_from_string(mail["source"], policy=policy.default)


def text_of(mail):
    return parts_of(mail).get_body(("plain",)).get_content()


def only(inbox, recipient, within=20):
    """The one mail to somebody."""
    inbox.wait_for(recipient, within=within)
    lasts(QUIET_S)
    [mail] = inbox.messages(recipient)
    return mail


def automatic(notify, event):
    return [notification.get("automatic") for notification in pages(notify, path(event, "notifications"))]


def test_who_registers_is_welcomed_with_a_link_to_confirm(db, attendees, notify, inbox):
    event, who = new_event(db, messages={"welcome": True}), address()
    answers = [attendees.post(path(event, "attendees"), attendee_body(name="Ana", email=who, locale="es"),
                              idempotency_key=who) for _ in range(3)]
    person = created(answers[0])
    assert {answer.text for answer in answers} == {answers[0].text}
    mail = only(inbox, who)
    assert event["name"] in mail["subject"] and "Confirma" in mail["subject"]
    token = re.search(r"/confirm#(\S+)", text_of(mail))[1]
    assert attendees.post("/v1/attendees/confirm", {"token": token}).json()["status"] == "confirmed"
    [welcome] = pages(notify, path(event, "notifications"))
    assert (welcome["automatic"], welcome["counts"]["sent"]) == ("welcome", 1)
    [delivery] = pages(notify, path(event, "notifications", welcome, "deliveries"))
    assert (delivery["address"], delivery["attendee_id"]) == (who, person["id"])


def test_who_pays_gets_the_tickets(db, tickets, notify, inbox):
    event, buyer = new_event(db, messages={"tickets": True}), address()
    kind = new_ticket_type(db, event)
    held = created(tickets.post(path(event, "orders"), order_body((kind, 2), buyer=buyer, hold_seconds=600)))
    for _ in range(2):
        paid = tickets.post(path(event, "orders", held, "confirm"), idempotency_key=buyer).json()
    mail = only(inbox, buyer)
    codes = [ticket["code"] for ticket in paid["tickets"]]
    assert len(codes) == 2 and all(code in text_of(mail) for code in codes)
    kinds = [part.get_content_type() for part in parts_of(mail).walk()]
    assert (kinds.count("image/png"), kinds.count("text/calendar")) == (2, 1)
    assert automatic(notify, event) == ["tickets"]


def test_a_transferred_ticket_is_its_holders_alone(db, tickets, notify, inbox):
    event, buyer, holder = new_event(db, messages={"tickets": True}), address(), address()
    kind = new_ticket_type(db, event)
    order = created(tickets.post(path(event, "orders"), order_body((kind, 2), buyer=buyer)))
    inbox.wait_for(buyer)
    answer = tickets.post(path(event, "orders", order, "tickets", "2", "transfer"), {"name": "Bea", "email": holder})
    new, old = answer.json()["code"], [ticket["code"] for ticket in order["tickets"]]
    mail = only(inbox, holder)
    assert new in text_of(mail) and not [code for code in old if code in text_of(mail)]
    assert [part.get_content_type() for part in parts_of(mail).walk()].count("image/png") == 1
    first, _ = pages(notify, path(event, "notifications"))
    [delivery] = pages(notify, path(event, "notifications", first, "deliveries"))
    notify.post(path(event, "notifications", first, "deliveries", delivery, "resend"))
    inbox.wait_for(buyer, count=2)
    again = inbox.messages(buyer)[0]
    assert old[0] in text_of(again) and new not in text_of(again) and old[1] not in text_of(again)
    for audience, told in (({"order_id": order["id"]}, 3), ({"ticket_type_id": kind["id"]}, 4)):
        notify.post(path(event, "notifications"), notification_body(message="{{tickets.codes}}", audience=audience))
        inbox.wait_for(buyer, count=told)
        inbox.wait_for(holder, count=told - 1)
        assert new not in text_of(inbox.messages(buyer)[0]) and old[0] in text_of(inbox.messages(buyer)[0])
        assert new in text_of(inbox.messages(holder)[0]) and old[0] not in text_of(inbox.messages(holder)[0])


def test_everybody_hears_once_that_an_event_is_cancelled(db, attendees, tickets, notify, inbox):
    event = new_event(db, messages={"changes": True})
    kind = new_ticket_type(db, event)
    both, listed, buyer, holder = (address() for _ in range(4))
    for who in (both, listed):
        created(attendees.post(path(event, "attendees"), attendee_body(email=who)))
    created(tickets.post(path(event, "orders"), order_body((kind, 1), buyer=both.upper().replace("EXAMPLE", "example"))))
    order = created(tickets.post(path(event, "orders"), order_body((kind, 2), buyer=buyer)))
    given = tickets.post(path(event, "orders", order, "tickets", "1", "transfer"), {"name": "Dora", "email": holder})
    assert given.status_code == 200, given.text
    assert db.post(path(event, "cancel")).status_code == 200
    assert db.post(path(event, "cancel")).status_code == 200
    for who in (both, listed, buyer, holder):
        assert "Cancelled" in only(inbox, who)["subject"]
    [told] = pages(notify, path(event, "notifications"))
    assert (told["automatic"], told["counts"]["sent"]) == ("cancelled", 4)


def test_a_reminder_is_scheduled_with_the_event(db, notify):
    event = new_event(db, messages={"reminder": "P1D"})
    [reminder] = pages(notify, path(event, "notifications"))
    assert (reminder["automatic"], reminder["status"]) == ("reminder", "scheduled")
    assert reminder["planned_at"] == "2030-05-31T18:00:00.000Z"
    assert db.patch(path(event), {"messages": {"reminder": None}}).status_code == 200
    [reminder] = pages(notify, path(event, "notifications"))
    assert reminder["status"] == "cancelled"


def test_one_cause_is_one_mail_though_db_svc_is_killed(stack, db, attendees, inbox):
    event = new_event(db, messages={"welcome": True})
    service, people = stack["db-svc"], [address() for _ in range(12)]
    for number, who in enumerate(people):
        def register(who=who):
            answer = attendees.post(path(event, "attendees"), attendee_body(email=who), idempotency_key=who)
            assert answer.status_code == 201, answer.text
            return answer
        if number % 4 == 1:
            service.kill()
            service.start()
        eventually(register, within=30)
    for who in people:
        inbox.wait_for(who, within=60)
    lasts(QUIET_S)
    assert [len(inbox.messages(who)) for who in people] == [1] * len(people)


def test_a_message_goes_to_the_buyer_of_an_order_or_to_everyone(db, attendees, tickets, notify, inbox):
    event, buyer, listed = new_event(db), address(), address()
    kind = new_ticket_type(db, event)
    order = created(tickets.post(path(event, "orders"), order_body((kind, 1), buyer=buyer)))
    created(attendees.post(path(event, "attendees"), attendee_body(email=listed)))
    sent = notify.post(path(event, "notifications"), notification_body(
        message="{{tickets.codes}}", audience={"order_id": order["id"]}))
    assert sent.status_code == 202, sent.text
    assert order["tickets"][0]["code"] in text_of(only(inbox, buyer))
    sent = notify.post(path(event, "notifications"), notification_body(audience={"everyone": True}))
    assert sent.status_code == 202, sent.text
    inbox.wait_for(buyer, count=2)
    inbox.wait_for(listed)
    other = new_event(db)
    refused = notify.post(path(other, "notifications"), notification_body(audience={"order_id": order["id"]}))
    assert faults(problem_of(refused, 422, "validation_failed")) == {"#/audience/order_id": "other_event"}


@pytest.mark.parametrize("messages, wrong", [
    ({"welcome": "yes"}, {"#/messages/welcome": "wrong_type"}), ({"reminder": "soon"}, {"#/messages/reminder": "invalid_duration"}),
    ({"birthday": True}, {"#/messages/birthday": "unknown_member"}), ([], {"#/messages": "wrong_type"})])
def test_only_messages_that_there_are_can_be_switched_on(db, messages, wrong):
    answer = db.post("/v1/events", {**new_event(db), "messages": messages})
    assert faults(problem_of(answer, 422, "validation_failed")) == wrong
