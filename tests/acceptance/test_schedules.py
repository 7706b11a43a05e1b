"""Notifications that keep to their event's times."""

import secrets
from datetime import datetime, timedelta, timezone

from support import (at_once, created, event_body, eventually, notification_body, pages, path,
                     problem_of)


def later(**delta):
    return (datetime.now(timezone.utc) + timedelta(**delta)).isoformat()


def scheduled(notify, event, who, **changes):
    answer = notify.post(path(event, "notifications"), notification_body(
        audience={"recipients": [{"name": "Ada", "email": who}]}, **changes))
    assert answer.status_code == 202, answer.text
    assert answer.json()["status"] == "scheduled"
    return path(event, "notifications", answer.json())


def address():
    return f"someone-{secrets.token_hex(6)}@example.org"


def test_a_reminder_goes_out_before_the_event(db, notify, inbox):
    event = created(db.post("/v1/events", event_body(starts_at=later(days=1))))
    who = address()
    notification = scheduled(notify, event, who, before_start="PT1H")
    db.patch(path(event), {"starts_at": later(hours=1, seconds=2)})
    assert len(inbox.wait_for(who)) == 1
    eventually(lambda: notify.get(notification).json()["status"] == "sent")


def test_a_reminder_moves_with_the_event(db, notify, inbox):
    event = created(db.post("/v1/events", event_body(starts_at=later(days=40))))
    postponed, brought_forward = address(), address()
    scheduled(notify, event, postponed, before_start="PT1H")
    db.patch(path(event), {"status": "postponed"})
    db.patch(path(event), {"status": "published", "starts_at": later(days=30)})
    notification = scheduled(notify, event, brought_forward, before_start="P1D")
    before = notify.get(notification).json()["planned_at"]
    db.patch(path(event), {"starts_at": later(days=1, seconds=2)})  # an hour before is far
    assert notify.get(notification).json()["planned_at"] < before
    assert len(inbox.wait_for(brought_forward)) == 1
    assert inbox.messages(postponed) == []


def test_many_reminders_follow_their_event_page_by_page_whatever_crashes(stack, db, notify):
    event = created(db.post("/v1/events", event_body(starts_at="2030-06-01T18:00:00Z")))
    at_once(10, lambda _: [scheduled(notify, event, address(), before_start="P1D") for _ in range(25)])
    assert db.patch(path(event), {"starts_at": "2031-06-01T18:00:00Z"}).status_code == 200
    stack["db-svc"].kill()
    stack["db-svc"].start()

    def moved():
        return [notification["planned_at"] for notification in pages(notify, path(event, "notifications"))]
    eventually(lambda: moved() == ["2031-05-31T18:00:00.000Z"] * 250)
    assert db.patch(path(event), {"status": "cancelled"}).status_code == 200
    eventually(lambda: {notification["status"] for notification in pages(notify, path(event, "notifications"))}
               == {"cancelled"})


def test_a_reminder_can_be_cancelled_until_it_begins(db, notify, inbox):
    event = created(db.post("/v1/events", event_body(starts_at=later(days=1))))
    who, other = address(), address()
    notification = scheduled(notify, event, who, before_start="PT1H")
    scheduled(notify, event, other, before_start="PT1H")
    assert notify.post(notification + "/cancel").json()["status"] == "cancelled"
    db.patch(path(event), {"starts_at": later(hours=1)})
    inbox.wait_for(other)
    assert inbox.messages(who) == []


def test_a_schedule_is_checked(db, notify):
    event = created(db.post("/v1/events", event_body(starts_at=later(hours=1))))
    for schedule, error in (({"before_start": "a day"}, ("#/before_start", "invalid_duration")),
                            ({"before_start": "P1D"}, ("#/before_start", "must_be_future")),
                            ({"after_end": "P1D"}, ("#/after_end", "needs_end")),
                            ({"before_start": "PT1M", "after_end": "P1D"}, ("#/after_end", "at_most_one"))):
        body = problem_of(notify.post(path(event, "notifications"), notification_body(**schedule)),
                          422, "validation_failed")
        assert [(found["pointer"], found["code"]) for found in body["errors"]] == [error]
