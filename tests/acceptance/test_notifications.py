"""E-mails to an event's people: each once, and what became of each can be read."""

import email
import json
import secrets
from email import policy

import pytest
from aiosmtpd.controller import Controller
from stack import free_port

from support import (attendee_body, created, eventually, faults, new_event, notification_body, pages, path,
                     problem_of)


@pytest.fixture
def event(db):
    return new_event(db)


def address():
    return f"someone-{secrets.token_hex(6)}@example.org"


def register(attendees, event, **changes):
    return created(attendees.post(path(event, "attendees"), attendee_body(**changes)))


def send(notify, event, **changes):
    answer = notify.post(path(event, "notifications"), notification_body(**changes))
    assert answer.status_code == 202, answer.text
    assert answer.headers["Location"] == path(event, "notifications", answer.json())
    return answer.json()


def send_to(notify, event, *addresses, **changes):
    recipients = [{"name": "Someone", "email": each} for each in addresses]
    return send(notify, event, audience={"recipients": recipients}, **changes)


def deliveries(notify, event, notification):
    """By address (by name where there is none)."""
    found = list(pages(notify, path(event, "notifications", notification, "deliveries")))
    return {delivery.get("address") or delivery["recipient"]: delivery for delivery in found}


def once_sent(notify, event, notification, within=20):
    """The notification, once all its deliveries have ended."""
    def ended():
        record = notify.get(path(event, "notifications", notification)).json()
        return record if record["status"] == "sent" else None
    return eventually(ended, within)


def once(notify, event, notification, who, within=20, **members):
    """The delivery to `who`, once it has these members."""
    def has_them():
        delivery = deliveries(notify, event, notification).get(who, {})
        assert {name: delivery.get(name) for name in members} == members, delivery
        return delivery
    return eventually(has_them, within)


def parsed(message):
    return email.message_from_string(message["source"], policy=policy.default)


def test_named_attendees_get_an_email_each_and_others_none(attendees, notify, inbox, event):
    ada, grace, alan = (register(attendees, event) for _ in range(3))
    notification = send(notify, event, audience={"attendees": [ada["id"], grace["id"]]})

    record = once_sent(notify, event, notification)
    assert record["counts"] == {"queued": 0, "sent": 2, "failed": 0, "suppressed": 0}
    assert record["sent_at"]
    found = deliveries(notify, event, notification)
    assert set(found) == {ada["email"], grace["email"]}
    for person in (ada, grace):
        delivery = found[person["email"]]
        assert (delivery["status"], delivery["attempts"], delivery["recipient"]) == (
            "sent", 1, person["name"])
        [message] = inbox.wait_for(person["email"])
        assert delivery["provider_id"] in parsed(message)["Message-ID"]
    assert inbox.messages(alan["email"]) == []


def test_all_attendees_get_an_email_each(attendees, notify, inbox, event):
    people = [register(attendees, event) for _ in range(30)]
    attendees.post(path(event, "attendees", people[0], "confirm"))
    notification = send(notify, event, audience={"all": True})
    assert once_sent(notify, event, notification)["counts"]["sent"] == 30
    for person in people:
        assert len(inbox.wait_for(person["email"])) == 1


def test_a_notification_is_in_the_history(notify, event):
    first = send_to(notify, event, address(), subject="First")
    second = send_to(notify, event, address(), subject="Second")
    history = {record["id"]: record for record in pages(notify, path(event, "notifications"))}
    assert {first["id"], second["id"]} == set(history)
    assert history[first["id"]]["subject"] == "First"
    once_sent(notify, event, first)
    once_sent(notify, event, second)
    sent = list(pages(notify, path(event, "notifications"), status="sent", channel="email"))
    assert {record["id"] for record in sent} == set(history)
    assert list(pages(notify, path(event, "notifications"), channel="sms")) == []


def test_an_email_says_what_was_written_and_nothing_else(notify, inbox, event):
    who = address()
    subject = "Entradas: ¿mañana? \N{EURO SIGN} 25, y un asunto bastante más largo que una sola línea"
    message = "Hola,\n.\n..\nmañana = \N{EURO SIGN} 25\n" + "palabra " * 40
    notification = send(notify, event, subject=subject, message=message,
                        audience={"recipients": [{"name": 'Zoë "Z", <x@y>', "email": who}]})
    once_sent(notify, event, notification)
    [received] = inbox.wait_for(who)
    assert received["recipients_envelope"] == [who]
    mail = parsed(received)
    assert mail["Subject"] == subject
    assert mail["To"].addresses[0].addr_spec == who
    assert mail["To"].addresses[0].display_name == 'Zoë "Z", <x@y>'
    assert mail["Date"].datetime is not None
    text = mail.get_body(("plain",)).get_content()
    assert text.splitlines() == message.splitlines()


@pytest.mark.parametrize("member", ["subject", "name", "value"])
def test_a_header_cannot_be_forged(db, notify, inbox, member):
    who = address()
    forged = "Hello =?UTF-8?Q?=0D=0ABcc:_victim@example.org=0D=0A=0D=0ASpam?="
    event = new_event(db, name=forged)
    recipient = {"name": forged if member == "name" else "Ada", "email": who}
    subject = {"subject": forged, "value": "{{event.name}}"}.get(member, "Hello")
    notification = send(notify, event, subject=subject, audience={"recipients": [recipient]})
    once_sent(notify, event, notification)
    [received] = inbox.wait_for(who)
    assert received["recipients_envelope"] == [who]
    mail = parsed(received)
    assert mail["Bcc"] is None
    assert "Spam" not in mail.get_body(("plain",)).get_content()
    assert inbox.messages("victim@example.org") == []


def test_each_recipient_gets_a_text_of_their_own(attendees, notify, inbox, event):
    people = [register(attendees, event, name=name) for name in ("Ada {{event.name}}", "<b>Grace</b>")]
    notification = send(notify, event, subject="{{event.name}}, {{attendee.name}}",
                        message="Dear {{ attendee.name }},\n\nat {{event.starts_at}}. https://example.org/a?b&c")
    once_sent(notify, event, notification)
    found = deliveries(notify, event, notification)
    for person in people:
        [received] = inbox.wait_for(person["email"])
        mail = parsed(received)
        assert mail["Subject"] == f"Night of the Proms, {person['name']}"
        text = mail.get_body(("plain",)).get_content()
        assert text.startswith(f"Dear {person['name']},") and "2030-06-01 20:00" in text
        delivery = found[person["email"]]
        assert delivery["subject"] == mail["Subject"]
        assert delivery["message"].splitlines() == text.splitlines()
        html = mail.get_body(("html",)).get_content()
        assert "<b>" not in html
        assert '<a href="https://example.org/a?b&amp;c">https://example.org/a?b&amp;c</a>' in html


def test_a_preview_shows_what_one_would_get_and_sends_nothing(attendees, notify, inbox, event):
    person = register(attendees, event, name="Ada")
    answer = notify.post(path(event, "notifications", "preview"), {
        "channel": "email", "subject": "{{event.name}}", "message": "Dear {{attendee.name}}",
        "attendee_id": person["id"]})
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"channel": "email", "recipient": "Ada", "address": person["email"],
                             "subject": "Night of the Proms", "message": "Dear Ada"}
    assert list(pages(notify, path(event, "notifications"))) == []
    assert inbox.messages(person["email"]) == []


def test_a_message_may_have_a_hundred_kibibytes_and_no_more(db, notify, bus, event):
    most, spanish = 100 * 1024, {"locale": "es", "message": "x"}
    for service in (db, notify):
        assert service.post(path(event, "notifications"), notification_body(
            message="x" * most, send_at="2030-01-01T00:00:00Z")).status_code in (201, 202)
        for letters in ("x" * (most + 1), "\u00e9" * (most // 2 + 1)):
            body = notification_body(message=letters, texts=[{**spanish, "message": letters}], per="week")
            answer = service.request("POST", path(event, "notifications"),
                                     data=json.dumps(body, ensure_ascii=False).encode(),
                                     headers={"Content-Type": "application/json"})
            problem = problem_of(answer, 422, "validation_failed")
            assert faults(problem) == {"#/message": "too_long", "#/texts/0/message": "too_long", "#/per": "not_allowed"}
            assert problem["errors"][0]["limit"] == most
    answer = bus.ask("notification.send", key=event["id"], body={
        "event_id": event["id"], **notification_body(message="x" * (most + 1))})
    assert (answer.status, faults(answer.json)) == (422, {"#/message": "too_long"})
    assert all(len(record["message"]) == most for record in pages(notify, path(event, "notifications")))


def test_a_mail_may_have_no_subject(notify, inbox, event):
    for subject in ({"subject": ""}, {"subject": None}):
        who = address()
        once_sent(notify, event, send_to(notify, event, who, **subject))
        [message] = inbox.wait_for(who)
        assert not message["subject"]


def test_an_audience_of_unknown_people_is_refused(db, notify, attendees, event):
    [ada, other] = [created(attendees.post(path(one, "attendees"), attendee_body())) for one in (event, new_event(db))]
    gone = created(attendees.post(path(event, "attendees"), attendee_body()))
    assert db.delete(path(event, "attendees", gone)).status_code == 204
    audience = {"attendees": [ada["id"], other["id"], "attendee_7zzzzzzzzzzzzzzzzzzzzzzzzz", gone["id"]]}
    expected = {f"#/audience/attendees/{n}": "other_event" for n in (1, 2, 3)}
    for service in (db, notify):
        answer = service.post(path(event, "notifications"), notification_body(audience=audience))
        assert faults(problem_of(answer, 422, "validation_failed")) == expected
    assert list(pages(notify, path(event, "notifications"))) == []
    draft = created(db.post(path(event, "notifications"), notification_body(audience={"attendees": [ada["id"]]})))
    answer = db.patch(path(event, "notifications", draft), {"audience": audience})
    assert faults(problem_of(answer, 422, "validation_failed")) == expected


def test_one_delivery_is_sent_again_as_another_message(notify, inbox, event):
    who, other = address(), address()
    notification = send_to(notify, event, who, other)
    once_sent(notify, event, notification)
    delivery = deliveries(notify, event, notification)[who]
    answer = notify.post(path(event, "notifications", notification, "deliveries", delivery, "resend"))
    assert answer.status_code == 200, answer.text
    received = eventually(lambda: len(inbox.messages(who)) == 2 and inbox.messages(who))
    assert len({parsed(message)["Message-ID"] for message in received}) == 2
    assert len(inbox.messages(other)) == 1
    once(notify, event, notification, who, status="sent")


def test_a_field_that_there_is_not_is_refused(notify, event):
    answer = notify.post(path(event, "notifications"),
                         notification_body(subject="{{event.secret}}", message="{{"))
    body = problem_of(answer, 422, "validation_failed")
    assert {(error["pointer"], error["code"]) for error in body["errors"]} == {
        ("#/subject", "unknown_field"), ("#/message", "unknown_field")}


def test_who_has_no_address_is_suppressed_and_the_others_are_served(notify, inbox, event):
    who = address()
    notification = send(notify, event, audience={"recipients": [
        {"name": "Ada", "phone": "+34600111222"}, {"name": "Grace", "email": who}]})
    assert once_sent(notify, event, notification)["counts"] == {
        "queued": 0, "sent": 1, "failed": 0, "suppressed": 1}
    delivery = once(notify, event, notification, "Ada", status="suppressed")
    assert delivery["error"]
    assert len(inbox.wait_for(who)) == 1


def test_the_same_address_twice_gets_one_email(notify, inbox, event):
    who = address()
    notification = send_to(notify, event, who, who)
    assert once_sent(notify, event, notification)["counts"]["sent"] == 1
    assert len(inbox.wait_for(who)) == 1


def test_a_request_sent_again_mails_nobody_twice(notify, inbox, event):
    who = address()
    body = notification_body(audience={"recipients": [{"name": "Ada", "email": who}]})
    key = secrets.token_hex(8)
    first, again = (notify.post(path(event, "notifications"), body, idempotency_key=key)
                    for _ in range(2))
    assert (first.status_code, first.content) == (again.status_code, again.content)
    once_sent(notify, event, first.json())
    assert len(inbox.wait_for(who)) == 1


def test_an_offer_that_comes_again_mails_nobody_twice(notify, inbox, event, bus):
    offers = bus.follow("notifications.deliveries")
    who = address()
    notification = send_to(notify, event, who)
    offer = offers.find(lambda offer: offer.json["notification_id"] == notification["id"])
    once_sent(notify, event, notification)
    for _ in range(3):
        bus.produce("notifications.deliveries", offer.value, key=offer.key)
    other = address()
    once_sent(notify, event, send_to(notify, event, other))
    assert len(inbox.wait_for(other)) == 1
    assert len(inbox.messages(who)) == 1
    assert once(notify, event, notification, who, status="sent")["attempts"] == 1


def test_junk_among_the_offers_holds_up_nobody(notify, inbox, event, bus):
    for junk in (b"\xff", b"{}", b'{"event_id": 1}'):
        bus.produce("notifications.deliveries", junk)
    who = address()
    once_sent(notify, event, send_to(notify, event, who))
    assert len(inbox.wait_for(who)) == 1


def test_while_the_mail_server_is_away_emails_wait(stack, notify, inbox, event):
    who = address()
    stack["mail"].stop()
    try:
        notification = send_to(notify, event, who)
        once(notify, event, notification, who, status="queued", error="connection_failed")
    finally:
        stack["mail"].start()
    once(notify, event, notification, who, within=60, status="sent")
    assert len(inbox.wait_for(who)) == 1
    assert once_sent(notify, event, notification)["counts"]["sent"] == 1


class ScriptedServer:
    """A mail server that does as the address says: what it says to each RCPT and DATA, in turn."""

    def __init__(self):
        self.script = {}
        self.received = {}
        self.asked = 0

    def says(self, who, *replies):
        """`replies` are (verb, line), used up one by one; then all is well."""
        self.script[who] = list(replies)

    def _next(self, who, verb):
        replies = self.script.get(who, [])
        if replies and replies[0][0] == verb:
            return replies.pop(0)[1]
        return None

    async def handle_RCPT(self, server, session, envelope, who, options):
        self.asked += 1
        reply = self._next(who, "RCPT")
        if reply is None:
            envelope.rcpt_tos.append(who)
        return reply or "250 OK"

    async def handle_DATA(self, server, session, envelope):
        [who] = envelope.rcpt_tos
        reply = self._next(who, "DATA")
        if reply == "drop":
            server.transport.close()
            return ""
        if reply is None:
            message = email.message_from_bytes(envelope.content)
            self.received.setdefault(who, []).append(message["Message-ID"])
        return reply or "250 OK"


@pytest.fixture(scope="module")
def mail_server(stack):
    """The scripted server, in place of the sink."""
    server = ScriptedServer()
    controller = Controller(server, hostname="127.0.0.1", port=free_port())
    controller.start()
    service = stack["notify-svc"]
    usual = service.variables["SMTP_URL"]
    service.variables["SMTP_URL"] = f"smtp://127.0.0.1:{controller.port}"
    service.restart()
    yield server
    service.variables["SMTP_URL"] = usual
    service.restart()
    controller.stop()


@pytest.mark.parametrize("verb", ["RCPT", "DATA"])
def test_what_a_server_refuses_for_good_is_not_tried_again(notify, event, mail_server, verb):
    refused, taken = address(), address()
    mail_server.says(refused, (verb, "550 5.1.1 no such mailbox"))
    notification = send_to(notify, event, refused, taken)
    assert once_sent(notify, event, notification)["counts"] == {
        "queued": 0, "sent": 1, "failed": 1, "suppressed": 0}
    once(notify, event, notification, refused, status="failed", error="smtp_550", attempts=1)
    once(notify, event, notification, taken, status="sent")
    assert refused not in mail_server.received
    assert len(mail_server.received[taken]) == 1


@pytest.mark.parametrize("trouble", [("RCPT", "451 4.7.1 greylisted"), ("DATA", "452 4.3.1 disk full"),
                                     ("DATA", "drop")])
def test_what_a_server_refuses_for_now_is_tried_again(notify, event, mail_server, trouble):
    who = address()
    mail_server.says(who, trouble)
    notification = send_to(notify, event, who)
    once(notify, event, notification, who, within=30, status="sent", attempts=2)
    assert len(mail_server.received[who]) == 1


def test_an_offer_out_of_turn_is_not_sent(notify, event, mail_server, bus):
    who = address()
    mail_server.says(who, ("RCPT", "550 5.1.1 no such mailbox"))
    offers = bus.follow("notifications.deliveries")
    notification = send_to(notify, event, who)
    offer = offers.find(lambda offer: offer.json["notification_id"] == notification["id"])
    once(notify, event, notification, who, status="failed")
    asked = mail_server.asked
    bus.produce("notifications.deliveries", offer.value.replace(b'"attempt":1', b'"attempt":2'),
                key=offer.key)
    other = address()
    once_sent(notify, event, send_to(notify, event, other))
    assert mail_server.asked == asked + 1


def test_sending_needs_a_message_and_one_audience(notify, event):
    answer = notify.post(path(event, "notifications"), {"channel": "email", "audience": {}})
    body = problem_of(answer, 422, "validation_failed")
    assert {error["pointer"] for error in body["errors"]} == {"#/message", "#/audience"}


@pytest.fixture
def without_sms(stack, mail_server):
    """notify-svc without a gateway."""
    service = stack["notify-svc"]
    usual = service.variables.pop("SMS_URL", None)
    service.restart()
    yield
    if usual is not None:
        service.variables["SMS_URL"] = usual
        service.restart()


def test_without_a_gateway_an_sms_is_refused_at_once(without_sms, notify, mail_server, event):
    body = {"channel": "sms", "message": "Doors at seven", "audience": {"all": True}}
    problem_of(notify.post(path(event, "notifications"), body), 422, "channel_unavailable")
    assert list(pages(notify, path(event, "notifications"))) == []
    who = address()
    once_sent(notify, event, send_to(notify, event, who))
    assert len(mail_server.received[who]) == 1


def test_another_system_tells_what_became_of_a_message(notify, event, bus):
    who = address()
    notification = send_to(notify, event, who)
    once_sent(notify, event, notification)
    delivery = deliveries(notify, event, notification)[who]
    for status in ("delivered", "bounced"):
        answer = bus.ask("delivery.settle", key=event["id"], body={
            "event_id": event["id"], "delivery_id": delivery["id"], "status": status,
            "error": "mailbox_full"})
        assert answer.status == 200, answer.json
        once(notify, event, notification, who, status=status)
    assert notify.get(path(event, "notifications", notification)).json()["counts"] == {
        "queued": 0, "sent": 0, "failed": 1, "suppressed": 0}
