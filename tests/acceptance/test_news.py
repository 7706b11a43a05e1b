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


def member_of(calendar, name):
    [value] = [line.split(":", 1)[1] for line in calendar.splitlines() if line.startswith(name + ":")]
    return value


def test_a_calendar_takes_each_news_in_the_place_of_the_one_before(db, tickets, notify, inbox):
    """Bought, moved and cancelled: one entry, which goes in the end."""
    event = new_event(db, messages={"tickets": True, "changes": True}, contact="office@example.org")
    kind = new_ticket_type(db, event)
    created(tickets.post(path(event, "orders"), order_body((kind, 1), buyer=(buyer := mail()))))
    inbox.wait_for(buyer)
    change(db, event, starts_at="2030-06-02T21:00:00+02:00")
    [one] = news(notify, event, "moved")
    send_now(db, notify, event, one)
    inbox.wait_for(buyer, 2)
    assert db.post(path(event, "cancel")).status_code == 200
    inbox.wait_for(buyer, 3)
    messages = sorted(inbox.messages(buyer), key=lambda message: int(member_of(calendar_of(message), "SEQUENCE")))
    calendars = [calendar_of(message) for message in messages]
    assert len({member_of(calendar, "UID") for calendar in calendars}) == 1
    assert len({member_of(calendar, "SEQUENCE") for calendar in calendars}) == 3
    assert [member_of(calendar, "METHOD") for calendar in calendars] == ["PUBLISH", "PUBLISH", "CANCEL"]
    assert [message["subject"].split(":")[0] for message in messages[1:]] == ["New date or place", "Cancelled"]
    for message, calendar in zip(messages, calendars, strict=True):
        assert parts_of(message)["Reply-To"] == "office@example.org"
        assert member_of(calendar, "ORGANIZER") == "mailto:office@example.org"


@pytest.mark.parametrize("verb", ["assign", "transfer", "reissue"])
def test_whose_ticket_it_is_hears_of_it_once(db, tickets, notify, inbox, verb):
    event = new_event(db, messages={"tickets": True})
    kind = new_ticket_type(db, event)
    order = created(tickets.post(path(event, "orders"), order_body((kind, 2), buyer=(buyer := mail()))))
    inbox.wait_for(buyer)
    holder = buyer if verb == "reissue" else mail()
    body = None if verb == "reissue" else {"name": "Bea Blau", "email": holder}
    for _ in range(2):
        answer = tickets.post(path(event, "orders", order, "tickets", "2", verb), body, idempotency_key=verb + order["id"])
        assert answer.status_code == 200, answer.text
    if verb != "reissue":  # once more, as another cause: nothing changes by it
        assert tickets.post(path(event, "orders", order, "tickets", "2", verb), body).status_code == 200
    told = inbox.wait_for(holder, 2 if verb == "reissue" else 1)
    [message] = [message for message in told if "Your ticket for" in message["subject"]]
    assert answer.json()["code"] in text_of(message) and order["tickets"][0]["code"] not in text_of(message)
    assert parts_of(message)["Auto-Submitted"] == "auto-generated"
    assert len(news(notify, event, "tickets")) == 2
    assert len(inbox.messages(holder)) == len(told)


def test_a_desk_writes_to_orders_that_it_filters_with_tickets_for_whoever_holds_them(db, tickets, notify, inbox):
    event = new_event(db)
    kind, other = new_ticket_type(db, event), new_ticket_type(db, event, type="vip")
    buyers = [mail() for _ in range(3)]
    paid, vip, gone = (created(tickets.post(path(event, "orders"), order_body((of, 2), buyer=who)))
                       for of, who in zip((kind, other, kind), buyers, strict=True))
    holder = mail()
    given = tickets.post(path(event, "orders", paid, "tickets", "2", "assign"), {"name": "Bea Blau", "email": holder})
    assert given.status_code == 200, given.text
    assert tickets.post(path(event, "orders", gone, "cancel")).status_code == 200
    filtered = {"status": "paid", "ticket_type_id": kind["id"], "created_from": event["created_at"]}
    answer = notify.post(path(event, "notifications"), {
        "channel": "email", "subject": "Doors", "message": "About {{order.id}}", "attach": ["tickets"],
        "audience": {"orders": filtered}})
    assert answer.status_code == 202, answer.text
    sent = answer.json()
    assert notify.get(path(event, "notifications", sent)).json()["audience"] == {"orders": filtered}
    [to_buyer], [to_holder] = inbox.wait_for(buyers[0]), inbox.wait_for(holder)
    first, second = (ticket["code"] for ticket in paid["tickets"])
    assert first in text_of(to_buyer) and second not in text_of(to_buyer) and paid["id"] in text_of(to_buyer)
    assert second in text_of(to_holder) and first not in text_of(to_holder)
    eventually(lambda: notify.get(path(event, "notifications", sent)).json()["status"] == "sent")
    assert inbox.messages(buyers[1]) == inbox.messages(buyers[2]) == []
    assert vip["id"] not in text_of(to_buyer)
    person = notify.post(path(event, "notifications"), {
        "channel": "email", "subject": "Again", "message": "{{tickets.types}}", "attach": ["tickets"],
        "audience": {"order_id": paid["id"]}})
    assert person.status_code == 202, person.text
    assert first in text_of(inbox.wait_for(buyers[0], 2)[0]) and second in text_of(inbox.wait_for(holder, 2)[0])
