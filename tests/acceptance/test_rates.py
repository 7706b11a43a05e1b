"""A channel sends no faster than it is told to, and holds up no other."""

import secrets
import time

import pytest

from support import eventually, new_event, notification_body, pages, path

RATE, EMAILS = 10, 60


@pytest.fixture
def slow_email(stack):
    service = stack["notify-svc"]
    usual = dict(service.variables)
    service.variables["EMAIL_RATE"] = str(RATE)
    service.restart()
    yield
    service.variables.clear()
    service.variables.update(usual)
    service.restart()


def send(notify, event, recipients, **changes):
    answer = notify.post(path(event, "notifications"),
                         notification_body(audience={"recipients": recipients}, **changes))
    assert answer.status_code == 202, answer.text
    return path(event, "notifications", answer.json())


def sent(notify, notification):
    return notify.get(notification).json()["counts"]["sent"]


def sending_times(notify, notification):
    return [delivery["sent_at"] for delivery in pages(notify, f"{notification}/deliveries")]


def test_emails_go_out_at_their_rate_and_text_messages_pass_them(stack, db, notify, slow_email):
    event = new_event(db)
    addresses = [f"r-{number}-{secrets.token_hex(4)}@example.org" for number in range(EMAILS)]
    asked = time.monotonic()
    emails = send(notify, event, [{"name": "Someone", "email": address} for address in addresses])
    text = None
    if "sms-sender" in stack:
        text = send(notify, event, [{"name": "Ada", "phone": "+34600111222"}], channel="sms")

    too_many = []

    def all_sent():
        count, most = sent(notify, emails), (time.monotonic() - asked + 1) * RATE + 1
        if count > most:
            too_many.append(f"{count} of at most {most}")
        return count == EMAILS
    eventually(all_sent, within=2 * EMAILS / RATE, every=0.1)
    assert not too_many
    assert time.monotonic() - asked > EMAILS / RATE - 1
    if text:
        eventually(lambda: sent(notify, text) == 1)
        [passing] = sending_times(notify, text)
        assert passing < max(sending_times(notify, emails))
