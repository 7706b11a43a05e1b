"""The people on an event's list, on the real parts."""

from collections import Counter

import pytest

from support import eventually, problem_of
from support.scene import at_once, attendee_body, created, new_event, notification_body, path


@pytest.fixture
def event(db):
    return new_event(db)


def register(attendees, event, **changes):
    return created(attendees.post(path(event, "attendees"), attendee_body(**changes)))


def test_a_limit_is_never_passed_in_a_race(db, attendees):
    event = new_event(db, attendee_limit=5)
    answers = at_once(24, lambda n: attendees.post(path(event, "attendees"), attendee_body()))
    assert Counter(answer.status_code for answer in answers) == {201: 5, 409: 19}
    assert problem_of(attendees.post(path(event, "attendees"), attendee_body()), 409, "full")["limit"] == 5
    first = next(answer.json() for answer in answers if answer.status_code == 201)
    assert attendees.post(path(event, "attendees", first, "cancel")).status_code == 200
    register(attendees, event)
    problem_of(attendees.post(path(event, "attendees"), attendee_body()), 409, "full")
    assert db.patch(path(event), {"attendee_limit": None}).status_code == 200
    register(attendees, event)


def test_consent_is_kept_and_honoured(attendees, notify, event):
    willing = register(attendees, event, marketing_consent={"given": True, "source": "web form"})
    assert willing["marketing_consent"]["source"] == "web form" and willing["marketing_consent"]["at"]
    register(attendees, event, marketing_consent={"given": False})
    register(attendees, event)
    sent = notify.post(path(event, "notifications"), notification_body(marketing=True))
    assert sent.status_code == 202, sent.text
    eventually(lambda: deliveries(notify, event, sent.json()) == {
        (willing["email"], None): 1, (None, "no_consent"): 2})


def deliveries(notify, event, notification):
    items = notify.get(path(event, "notifications", notification, "deliveries")).json()["items"]
    return Counter((None if item.get("error") else item["address"], item.get("error")) for item in items)
