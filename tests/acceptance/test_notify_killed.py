"""notify-svc and db-svc are killed while messages go out: nobody is forgotten, and who gets a message twice can tell."""

import email
import secrets

from support import at_once, attendee_body, created, eventually, new_event, notification_body, path

RECIPIENTS = 1000
UNREPORTED = 128  # what may have been sent in the moments that its report takes


def registered(attendees, event):
    """The addresses of so many attendees."""
    def register(number):
        return created(attendees.post(path(event, "attendees"), attendee_body(
            email=f"k-{number}-{secrets.token_hex(4)}@example.org")))["email"]
    addresses = set()
    for first in range(0, RECIPIENTS, 50):
        addresses.update(at_once(50, lambda number, first=first: register(first + number)))
    return addresses


def test_kills_in_the_middle_forget_nobody(stack, db, attendees, notify, inbox):
    event = new_event(db)
    addresses = registered(attendees, event)
    answer = notify.post(path(event, "notifications"), notification_body(audience={"all": True}))
    assert answer.status_code == 202, answer.text
    notification = path(event, "notifications", answer.json())

    def sent():
        answer = db.get(notification)
        assert answer.status_code == 200, answer.text
        return answer.json()["counts"]["sent"]
    kills = ((0.15, "notify-svc"), (0.35, "db-svc"), (0.55, "notify-svc"), (0.75, "db-svc"))
    for share, service in kills:
        eventually(lambda share=share: sent() >= share * RECIPIENTS, 60)
        stack[service].kill()
        stack[service].start()

    eventually(lambda: sent() == RECIPIENTS, 90)
    record = notify.get(notification).json()
    assert record["status"] == "sent"
    assert record["counts"] == {"queued": 0, "sent": RECIPIENTS, "failed": 0, "suppressed": 0}

    def all_received():
        received = message_ids(inbox, addresses)
        assert len(received) == RECIPIENTS
        return received
    # The sink shows a message a little after it has taken it.
    received = eventually(all_received, 30, 1)
    assert all(len(set(ids)) == 1 for ids in received.values()), "a repeat has an id of its own"
    repeats = sum(len(ids) - 1 for ids in received.values())
    assert repeats <= UNREPORTED * len(kills), "more was repeated than can have lacked its report"


def message_ids(inbox, addresses):
    found = {}
    for message in inbox.messages():
        for address in addresses.intersection(message["recipients_envelope"]):
            message_id = email.message_from_string(message["source"])["Message-ID"]
            found.setdefault(address, []).append(message_id)
    return found
