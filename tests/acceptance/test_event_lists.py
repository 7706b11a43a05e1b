"""Events by date with their stock, and another event made like one."""

import secrets
from datetime import datetime, timedelta, timezone

import pytest

from support import created, faults, new_event, new_ticket_type, order_body, pages, path, problem_of


@pytest.fixture
def category():
    """One that no other test's events are in."""
    return f"concert-{secrets.token_hex(12)}"


def listed(tickets, **query):
    return list(pages(tickets, "/v1/events", **query))


def names(tickets, **query):
    return [event["name"] for event in listed(tickets, **query)]


def test_events_are_listed_by_their_start(db, tickets, category):
    for name, day, status in (("third", 3, "published"), ("first", 1, "published"), ("second", 2, "draft"),
                              ("fourth", 4, "published"), ("also third", 3, "published")):
        new_event(db, name=name, starts_at=f"2031-05-0{day}T20:00:00+02:00", category=category, status=status)
    in_order = ["first", "second", "third", "also third", "fourth"]
    assert names(tickets, category=category, sort="starts_at") == in_order
    assert names(tickets, category=category, sort="starts_at", limit=1) == in_order
    assert sorted(names(tickets, category=category, sort="-starts_at", limit=2)) == sorted(in_order)
    assert names(tickets, category=category, sort="-starts_at", limit=2)[0] == "fourth"
    assert names(tickets, category=category, starts_from="2031-05-02T20:00:00+02:00",
                 starts_before="2031-05-04T20:00:00+02:00") == ["second", "third", "also third"]
    assert names(tickets, category=category, starts_from="2031-05-02T18:00:00Z", status="published") == [
        "third", "also third", "fourth"]
    assert names(tickets, category=category, starts_before="2031-05-01T20:00:00+02:00") == []
    problem = problem_of(tickets.get("/v1/events", params={"starts_from": "soon", "sort": "name", "today": "maybe"}), 422,
                         "validation_failed")
    assert set(faults(problem, "parameter")) == {"starts_from", "sort", "today"}


def test_each_event_has_its_stock(db, tickets, category):
    event = new_event(db, category=category, pools=[{"name": "hall", "capacity": 50}])
    alone = new_ticket_type(db, event, capacity=10)
    for _ in range(2):
        shared = new_ticket_type(db, event, capacity=40, pool="hall")
    created(tickets.post(path(event, "orders"), order_body((alone, 2), (shared, 3))))
    created(tickets.post(path(event, "orders"), order_body((shared, 4), hold_seconds=600)))
    bare = new_event(db, category=category)
    stocks = {one["id"]: one["stock"] for one in listed(tickets, category=category)}
    assert stocks == {event["id"]: {"capacity": 60, "sold": 5, "held": 4, "available": 51},
                      bare["id"]: {"capacity": 0, "sold": 0, "held": 0, "available": 0}}
    assert "stock" not in db.get(path(event)).json()


def test_events_of_today_are_those_of_their_own_zone(db, tickets, category):
    now = datetime.now(timezone.utc)
    for name, shift in (("now", 0), ("the day before yesterday", -49), ("after tomorrow", 49)):
        new_event(db, name=name, starts_at=(now + timedelta(hours=shift)).isoformat(), category=category,
                  time_zone="Pacific/Auckland")
    new_event(db, name="under way", starts_at=(now - timedelta(days=3)).isoformat(), category=category,
              ends_at=(now + timedelta(days=1)).isoformat())
    assert names(tickets, category=category, today="true") == ["under way", "now"]
    assert sorted(names(tickets, category=category, today="false")) == sorted(names(tickets, category=category))


# Cloning

def clone(db, event, **body):
    return db.post(path(event, "clone"), {"starts_at": "2031-11-08T20:00:00+01:00", **body})


def test_an_event_is_made_like_another_with_its_dates_moved(db, tickets, category):
    event = new_event(db, category=category, starts_at="2031-06-07T20:00:00+02:00", ends_at="2031-06-07T23:30:00+02:00",
                      check_in_opens_at="2031-06-07T18:30:00+02:00", external_id="own", description="Loud.",
                      pools=[{"name": "hall", "capacity": 50}], messages={"tickets": True, "reminder": "P1D"},
                      metadata={"stage": "north"})
    kind = new_ticket_type(db, event, name="Stalls", pool="hall", capacity=40, per_buyer_limit=4,
                           sales_start="2026-01-10T12:00:00+01:00", sales_end="2031-06-06T12:00:00+02:00")
    new_ticket_type(db, event, name="Circle")
    created(tickets.post(path(event, "orders"), order_body((kind, 1))))
    created(db.post(path(event, "notifications"), {
        "channel": "email", "subject": "Doors", "message": "At seven.", "before_start": "PT2H",
        "audience": {"ticket_type_id": kind["id"]}}))
    answer = clone(db, event, name="Autumn", external_id="mine")
    other = created(answer)
    assert answer.headers["Location"] == path(other)
    assert (other["name"], other["external_id"], other["status"]) == ("Autumn", "mine", "draft")
    assert other["starts_at"] == "2031-11-08T19:00:00.000Z", "at the same time of day, whatever the clocks did"
    assert other["ends_at"] == "2031-11-08T22:30:00.000Z"
    assert other["check_in_opens_at"] == "2031-11-08T17:30:00.000Z"
    for member in ("location", "category", "description", "currency", "time_zone", "pools", "messages", "metadata"):
        assert other[member] == event[member], member
    kinds = {one["name"]: one for one in pages(db, path(other, "ticket-types"))}
    assert set(kinds) == {"Stalls", "Circle"}
    stalls = kinds["Stalls"]
    assert (stalls["capacity"], stalls["sold"], stalls["pool"], stalls["per_buyer_limit"]) == (40, 0, "hall", 4)
    assert stalls["price"] == kind["price"] and stalls["id"] != kind["id"]
    assert stalls["sales_end"] == "2031-11-07T11:00:00.000Z" and stalls["sales_start"] == "2026-06-13T10:00:00.000Z"
    texts = [one for one in pages(db, path(other, "notifications")) if "automatic" not in one]
    assert [(one["subject"], one["message"], one["before_start"], one["audience"]) for one in texts] == [
        ("Doors", "At seven.", "PT2H", {"ticket_type_id": stalls["id"]})]
    assert list(pages(db, path(other, "attendees"))) == []
    assert db.get(path(event)).json() == event, "the first one is as it was"
    assert db.patch(path(other), {"status": "published"}).status_code == 200
    created(tickets.post(path(other, "orders"), order_body((stalls, 1))))


def test_a_clone_needs_a_start_and_says_all_that_is_wrong(db):
    event = new_event(db)
    problem = problem_of(db.post(path(event, "clone"), {"name": "", "nope": 1}), 422, "validation_failed")
    assert set(faults(problem)) == {"#/starts_at", "#/name", "#/nope"}
    problem_of(clone(db, {"id": "event_01jz3w4v9he8qb2m5x7k6d0c1n"}), 404, "not_found")
    plain = created(clone(db, event))
    assert plain["name"] == event["name"] and "external_id" not in plain


def test_a_clone_is_made_once(db, category):
    event = new_event(db, category=category)
    answers = [db.post(path(event, "clone"), {"starts_at": "2031-11-08T20:00:00+01:00"},
                       idempotency_key="like-" + event["id"]) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert len(list(pages(db, "/v1/events", category=category))) == 2
