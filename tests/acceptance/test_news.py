"""News that an event sends by itself: moved, cancelled, money given back; once a cause, and not when it is to be quiet."""

import email
import secrets
from email import policy

import pytest

from support import created, eventually, faults, new_event, new_ticket_type, order_body, pages, path, problem_of


def mail():
    return f"m{secrets.token_hex(12)}@example.org"


@pytest.fixture
def sold(db, tickets):
    def sell(messages, quantity=1, **changes):
        event = new_event(db, messages=messages)
        kind = new_ticket_type(db, event)
        order = created(tickets.post(path(event, "orders"),
                                     order_body((kind, quantity), buyer=(buyer := mail()), **changes)))
        return event, order, buyer
    return sell


def parts_of(message):
    return email.message_from_string(message["source"], policy=policy.default)


def text_of(message):
    return parts_of(message).get_body(("plain",)).get_content()


def calendar_of(message):
    [part] = [part for part in parts_of(message).walk() if part.get_content_type() == "text/calendar"]
    return part.get_content().replace("\r\n ", "")


def news(notify, event, kind):
    return [one for one in pages(notify, path(event, "notifications")) if one.get("automatic") == kind]


def change(db, event, **patch):
    answer = db.patch(path(event), patch)
    assert answer.status_code == 200, answer.text
    return answer.json()


def send_now(db, notify, event, one):
    assert db.patch(path(event, "notifications", one), {"send_at": None}).status_code == 200
    answer = notify.post(path(event, "notifications"), {"notification_id": one["id"]})
    assert answer.status_code == 202, answer.text


def test_a_moved_event_is_told_once_with_old_and_new(db, notify, inbox, sold):
    event, _, buyer = sold({"changes": True})
    change(db, event, starts_at="2030-06-02T21:00:00+02:00")
    change(db, event, location="Liceu, Barcelona")
    [one] = news(notify, event, "moved")
    assert one["status"] == "scheduled" and one["send_at"] > event["created_at"]
    send_now(db, notify, event, one)
    [message] = inbox.wait_for(buyer)
    text = text_of(message)
    for told in ("Palau, Barcelona", "Liceu, Barcelona", "1 June", "2 June"):
        assert told in text, text
    assert parts_of(message)["Auto-Submitted"] == "auto-generated"
    calendar = calendar_of(message)
    assert "METHOD:PUBLISH" in calendar and "Liceu" in calendar and event["id"] in calendar
    change(db, event, starts_at="2030-06-03T21:00:00+02:00")
    eventually(lambda: [one["status"] for one in news(notify, event, "moved")] == ["sent", "scheduled"])


def test_an_event_that_is_moved_back_or_quietly_tells_nobody(db, notify, sold):
    event, _, _ = sold({"changes": True})
    change(db, event, location="Liceu, Barcelona")
    change(db, event, location=event["location"])
    assert [one["status"] for one in news(notify, event, "moved")] == ["cancelled"]
    shown = change(db, event, location="Liceu, Barcelona", silent=True)
    assert "silent" not in shown
    assert len(news(notify, event, "moved")) == 1
    change(db, event, status="postponed", silent=True)
    assert news(notify, event, "postponed") == []
    assert db.post(path(event, "cancel"), {"silent": True}).status_code == 200
    assert news(notify, event, "cancelled") == []


def test_what_nobody_needs_to_hear_is_no_news(db, notify, sold):
    event, _, _ = sold({"changes": True})
    change(db, event, description="Louder.", name="Proms")
    off, _, _ = sold({"changes": False})
    change(db, off, location="Liceu, Barcelona")
    draft = new_event(db, messages={"changes": True}, status="draft")
    change(db, draft, location="Liceu, Barcelona")
    for one in (event, off, draft):
        assert news(notify, one, "moved") == []
    problem = problem_of(db.patch(path(event), {"silent": "yes"}), 422, "validation_failed")
    assert faults(problem) == {"#/silent": "wrong_type"}


def test_a_cancelled_event_takes_itself_out_of_calendars(db, notify, inbox, sold):
    event, _, buyer = sold({"changes": True})
    change(db, event, location="Liceu, Barcelona")
    assert db.post(path(event, "cancel")).status_code == 200
    [message] = inbox.wait_for(buyer)
    calendar = calendar_of(message)
    assert "METHOD:CANCEL" in calendar and "STATUS:CANCELLED" in calendar and "ORGANIZER" in calendar
    assert [one["status"] for one in news(notify, event, "moved")] == ["cancelled"], "overtaken"


def test_money_given_back_is_told_to_the_buyer(tickets, notify, inbox, sold):
    event, order, buyer = sold({"refunds": True}, quantity=2)
    first, second = (ticket["code"] for ticket in order["tickets"])
    for key in ("a", "a"):
        answer = tickets.post(path(event, "orders", order, "refund"), {"tickets": [first]},
                              idempotency_key=key + order["id"])
        assert answer.status_code == 200, answer.text
    [message] = inbox.wait_for(buyer)
    assert "25" in text_of(message) and order["id"] in text_of(message) and second not in text_of(message)
    assert tickets.post(path(event, "orders", order, "refund")).status_code == 200
    inbox.wait_for(buyer, 2)
    assert len(news(notify, event, "refunded")) == 2


def test_answers_to_automatic_mail_go_to_the_events_contact(db, tickets, inbox):
    event = new_event(db, messages={"tickets": True, "changes": True}, contact="office@example.org")
    assert event["contact"] == "office@example.org"
    kind = new_ticket_type(db, event)
    created(tickets.post(path(event, "orders"), order_body((kind, 1), buyer=(buyer := mail()))))
    [message] = inbox.wait_for(buyer)
    assert parts_of(message)["Reply-To"] == "office@example.org"
    assert "ORGANIZER:mailto:office@example.org" in calendar_of(message)
    problem = problem_of(db.patch(path(event), {"contact": "nobody\r\nBcc: x@example.org"}), 422, "validation_failed")
    assert faults(problem) == {"#/contact": "invalid_email"}
