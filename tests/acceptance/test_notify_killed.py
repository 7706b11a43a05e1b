"""notify-svc is killed while it sends: nobody is forgotten, and who gets a message twice can tell."""

import email
import secrets

from support import eventually, new_event, notification_body, path

RECIPIENTS = 300


def test_a_killed_notify_svc_forgets_nobody(stack, db, notify, inbox):
    event = new_event(db)
    addresses = {f"k-{number}-{secrets.token_hex(4)}@example.org" for number in range(RECIPIENTS)}
    recipients = [{"name": "Someone", "email": address} for address in addresses]
    answer = notify.post(path(event, "notifications"),
                         notification_body(audience={"recipients": recipients}))
    assert answer.status_code == 202, answer.text
    notification = path(event, "notifications", answer.json())

    def sent():
        answer = db.get(notification)
        assert answer.status_code == 200, answer.text
        return answer.json()["counts"]["sent"]
    for share in (0.2, 0.6):
        eventually(lambda: sent() >= share * RECIPIENTS, 60)
        stack["notify-svc"].kill()
        stack["notify-svc"].start()

    eventually(lambda: sent() == RECIPIENTS, 10)
    assert notify.get(notification).json()["status"] == "sent"

    def all_received():
        received = message_ids(inbox, addresses)
        assert len(received) == RECIPIENTS
        return received
    # The sink shows a message a little after it has taken it.
    received = eventually(all_received)
    assert all(len(set(ids)) == 1 for ids in received.values()), "a repeat has an id of its own"


def message_ids(inbox, addresses):
    found = {}
    for message in inbox.messages():
        for address in addresses.intersection(message["recipients_envelope"]):
            message_id = email.message_from_string(message["source"])["Message-ID"]
            found.setdefault(address, []).append(message_id)
    return found
