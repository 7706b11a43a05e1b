"""Events, ticket types, attendees and notifications through the administrators' door."""

import secrets
from collections import Counter

import pytest

from support import (attendee_body, created, event_body, faults, new_event, new_ticket_type,
                     notification_body, on_sale, order_body, pages, path, problem_of, ticket_type_body)

NOBODY = "00000000000000000000000000"  # a TypeID's suffix that no record has


class Kind:
    """A kind of record below its address; `edit` names a member to change and two values of it."""

    def __init__(self, db, address, body, prefix, edit):
        self.db, self.address, self.body, self.prefix = db, address, body, prefix
        self.member, self.value, self.other_value = edit

    def create(self, **changes):
        return created(self.db.post(self.address, self.body(**changes)))

    def at(self, record):
        return f"{self.address}/{record['id']}"

    def of_nobody(self):
        return f"{self.address}/{self.prefix}_{NOBODY}"


def events(db, _event):
    return Kind(db, "/v1/events", event_body, "event", ("description", "Bring a flag.", "No flags."))


def ticket_types(db, event):
    return Kind(db, path(event, "ticket-types"), ticket_type_body, "tkttype", ("per_order_limit", 4, 6))


def attendees(db, event):
    return Kind(db, path(event, "attendees"), attendee_body, "attendee",
                ("phone", "+34600111222", "+34600333444"))


def notifications(db, event):
    return Kind(db, path(event, "notifications"), notification_body, "notif",
                ("send_at", "2030-05-31T09:00:00Z", "2030-05-31T10:00:00Z"))


@pytest.fixture(params=[events, ticket_types, attendees, notifications], ids=lambda kind: kind.__name__)
def kind(request, db):
    return request.param(db, new_event(db))


def test_what_is_created_is_found_at_its_location(kind, db):
    body = kind.body()
    answer = db.post(kind.address, body)
    record = created(answer)
    assert record["id"].startswith(f"{kind.prefix}_")
    assert record["version"] == 1
    assert record["created_at"] == record["updated_at"]
    assert record["created_at"].endswith("Z")
    assert answer.headers["Location"] == kind.at(record)

    found = db.get(answer.headers["Location"])
    assert (found.status_code, found.json()) == (200, record)
    assert found.headers["ETag"] == answer.headers["ETag"]
    assert found.headers["Content-Type"] == "application/json"


def test_members_come_back_as_they_were_given(kind):
    body = {**kind.body(), kind.member: kind.value}
    record = kind.create(**body)
    shown = {name: record[name] for name in body if not name.endswith("_at")}
    assert shown == {name: value for name, value in body.items() if not name.endswith("_at")}


def test_times_come_back_in_utc(db):
    assert new_event(db, starts_at="2030-06-01T20:00:00+02:00")["starts_at"].startswith("2030-06-01T18:00:00")


def test_pages_show_every_record_once_even_while_others_are_added(kind):
    before = [kind.create()["id"] for _ in range(7)]
    seen = Counter()
    for count, record in enumerate(pages(kind.db, kind.address, limit=3)):
        seen[record["id"]] += 1
        if count % 3 == 0:
            kind.create()
        if count > 500:
            break  # each page brings a new record: there is no end to wait for
        if all(seen[one] for one in before):
            break
    assert [seen[one] for one in before] == [1] * 7
    assert max(seen.values()) == 1


def test_a_page_is_as_long_as_asked_for_and_the_last_says_so(kind):
    if kind.prefix == "event":
        pytest.skip("other tests' events are in this list too")
    for _ in range(5):
        kind.create()
    first = kind.db.get(kind.address, params={"limit": 3}).json()
    assert len(first["items"]) == 3
    second = kind.db.get(kind.address, params={"limit": 3, "cursor": first["next"]}).json()
    assert (len(second["items"]), second["next"]) == (2, None)


def test_a_list_is_sorted_as_asked(kind):
    ids = [kind.create()["id"] for _ in range(4)]

    def listed(sort):
        return [record["id"] for record in pages(kind.db, kind.address, sort=sort, limit=100)
                if record["id"] in ids]
    assert listed("created_at") == ids
    assert listed("-created_at") == ids[::-1]


def test_an_empty_list_is_a_page_without_items(db):
    event = new_event(db)
    for what in ("ticket-types", "attendees", "notifications"):
        assert db.get(path(event, what)).json() == {"items": [], "next": None}


@pytest.mark.parametrize(("query", "parameter"), [
    ({"limit": 0}, "limit"), ({"limit": 501}, "limit"), ({"limit": "many"}, "limit"),
    ({"sort": "colour"}, "sort"), ({"cursor": "not-one-of-ours"}, "cursor"), ({"colour": "red"}, "colour")])
def test_a_list_refuses_what_it_does_not_know(kind, query, parameter):
    problem = problem_of(kind.db.get(kind.address, params=query), 422, "validation_failed")
    assert set(faults(problem, "parameter")) == {parameter}


def test_put_replaces_all_that_can_be_set(kind):
    record = kind.create(**{kind.member: kind.value})
    answer = kind.db.put(kind.at(record), kind.body())
    assert answer.status_code == 200, answer.text
    assert kind.member not in answer.json()
    assert answer.json()["version"] == 2
    assert answer.headers["ETag"] == kind.db.get(kind.at(record)).headers["ETag"]
    assert kind.db.get(kind.at(record)).json() == answer.json()


def test_put_takes_what_get_gave(kind):
    record = kind.create()
    answer = kind.db.put(kind.at(record), record)
    assert (answer.status_code, answer.json()) == (200, record)


def test_patch_changes_only_what_it_names_and_null_removes(kind):
    record = kind.create()
    answer = kind.db.patch(kind.at(record), {kind.member: kind.other_value})
    assert answer.status_code == 200, answer.text
    patched = answer.json()
    moving = {kind.member, "version", "updated_at", "status"}
    assert {n: v for n, v in patched.items() if n not in moving} == \
        {n: v for n, v in record.items() if n not in moving}
    assert (kind.member in patched, patched["version"]) == (True, 2)

    answer = kind.db.patch(kind.at(record), {kind.member: None},
                           headers={"Content-Type": "application/merge-patch+json"})
    assert answer.status_code == 200, answer.text
    assert kind.member not in answer.json()


def test_a_patch_that_changes_nothing_leaves_the_version(kind):
    record = kind.create(**{kind.member: kind.value})
    answer = kind.db.patch(kind.at(record), {kind.member: record[kind.member]})
    assert (answer.status_code, answer.json()) == (200, record)


def test_delete_leaves_nothing_behind(kind):
    record = kind.create()
    answer = kind.db.delete(kind.at(record))
    assert (answer.status_code, answer.content) == (204, b"")
    problem_of(kind.db.get(kind.at(record)), 404, "not_found")
    problem_of(kind.db.delete(kind.at(record)), 404, "not_found")
    problem_of(kind.db.patch(kind.at(record), {}), 404, "not_found")
    assert record["id"] not in [one["id"] for one in pages(kind.db, kind.address, limit=500)]


def test_a_stale_if_match_is_refused_and_a_fresh_one_is_not(kind):
    record = kind.create()
    stale = kind.db.get(kind.at(record)).headers["ETag"]
    fresh = kind.db.patch(kind.at(record), {kind.member: kind.value}, headers={"If-Match": stale}).headers["ETag"]
    assert fresh != stale
    for method, options in (("PUT", {"json": kind.body()}), ("PATCH", {"json": {kind.member: None}}),
                            ("DELETE", {})):
        refused = kind.db.request(method, kind.at(record), headers={"If-Match": stale}, **options)
        problem_of(refused, 412, "precondition_failed")
    assert kind.db.get(kind.at(record)).headers["ETag"] == fresh
    assert kind.db.delete(kind.at(record), headers={"If-Match": fresh}).status_code == 204


def test_an_if_match_may_list_several_versions(kind):
    record = kind.create()
    etag = kind.db.get(kind.at(record)).headers["ETag"]
    for listed, status in (('"97", "98"', 412), (f'"97", {etag},"98"', 200), ("*", 200)):
        answer = kind.db.patch(kind.at(record), {kind.member: kind.value}, headers={"If-Match": listed})
        assert answer.status_code == status, answer.text
        etag = kind.db.get(kind.at(record)).headers["ETag"]


def test_who_has_the_record_already_is_not_sent_it_again(kind):
    record = kind.create()
    etag = kind.db.get(kind.at(record)).headers["ETag"]
    answer = kind.db.get(kind.at(record), headers={"If-None-Match": etag})
    assert (answer.status_code, answer.content) == (304, b"")


def test_an_unknown_id_is_not_found(kind):
    for method, options in (("GET", {}), ("PUT", {"json": kind.body()}), ("PATCH", {"json": {}}), ("DELETE", {})):
        problem_of(kind.db.request(method, kind.of_nobody(), **options), 404, "not_found")
        problem_of(kind.db.request(method, f"{kind.address}/nonsense", **options), 404, "not_found")


def test_a_record_is_not_found_below_another_event(db):
    here, elsewhere = new_event(db), new_event(db)
    for make, what in ((ticket_types, "ticket-types"), (attendees, "attendees"),
                       (notifications, "notifications")):
        record = make(db, here).create()
        problem_of(db.get(path(elsewhere, what, record)), 404, "not_found")
        problem_of(db.patch(path(elsewhere, what, record), {}), 404, "not_found")
        problem_of(db.delete(path(elsewhere, what, record)), 404, "not_found")
        assert db.get(path(here, what, record)).status_code == 200


def test_nothing_is_created_below_an_event_that_is_none(db):
    nowhere = f"event_{NOBODY}"
    for what, body in (("ticket-types", ticket_type_body()), ("attendees", attendee_body()),
                       ("notifications", notification_body())):
        problem_of(db.post(path({"id": nowhere}, what), body), 404, "not_found")
        problem_of(db.get(path({"id": nowhere}, what)), 404, "not_found")


def test_what_the_service_sets_is_ignored_when_creating(kind):
    record = kind.create(id=f"{kind.prefix}_{NOBODY}", version=7, created_at="2020-01-01T00:00:00Z")
    assert record["id"] != f"{kind.prefix}_{NOBODY}"
    assert record["version"] == 1
    assert not record["created_at"].startswith("2020")


def test_what_the_service_sets_cannot_be_changed(kind):
    record = kind.create()
    change = {"id": f"{kind.prefix}_{NOBODY}", "version": 7, "created_at": "2020-01-01T00:00:00Z"}
    expected = {f"#/{name}": "read_only" for name in change}
    for answer in (kind.db.patch(kind.at(record), change),
                   kind.db.put(kind.at(record), {**kind.body(), **change})):
        assert faults(problem_of(answer, 422, "validation_failed")) == expected
    assert kind.db.get(kind.at(record)).json() == record


def test_a_members_name_that_is_none_is_refused(kind):
    record = kind.create()
    for answer in (kind.db.post(kind.address, {**kind.body(), "colour": "red"}),
                   kind.db.put(kind.at(record), {**kind.body(), "colour": "red"}),
                   kind.db.patch(kind.at(record), {"colour": "red"})):
        assert faults(problem_of(answer, 422, "validation_failed")) == {"#/colour": "unknown_member"}


# Events

def test_events_are_found_by_the_callers_own_id_status_and_category(db):
    mine = secrets.token_hex(8)
    event = new_event(db, external_id=mine, category=mine, status="draft", metadata={"hall": "B"})
    new_event(db, external_id=mine + "x")
    for query in ({"external_id": mine}, {"category": mine}, {"category": mine, "status": "draft"}):
        assert db.get("/v1/events", params=query).json()["items"] == [event]
    assert db.get("/v1/events", params={"category": mine, "status": "published"}).json()["items"] == []


def test_an_event_is_a_draft_until_it_is_published(db):
    body = event_body()
    del body["status"]
    event = created(db.post("/v1/events", body))
    assert event["status"] == "draft"
    answer = db.patch(path(event), {"status": "published"})
    assert (answer.status_code, answer.json()["status"]) == (200, "published")


def test_a_cancelled_event_stays_so(db):
    event = new_event(db)
    assert db.patch(path(event), {"status": "cancelled"}).status_code == 200
    problem_of(db.patch(path(event), {"status": "published"}), 409, "illegal_transition")


def test_an_event_ends_after_it_starts(db):
    answer = db.post("/v1/events", event_body(ends_at="2030-06-01T17:00:00Z"))
    assert faults(problem_of(answer, 422, "validation_failed")) == {"#/ends_at": "must_be_after"}


def test_what_has_sales_is_not_deleted_until_they_are_cancelled(db, tickets):
    event, kind = on_sale(db)
    order = created(tickets.post(path(event, "orders"), order_body((kind, 1))))
    problem_of(db.delete(path(event, "ticket-types", kind)), 409, "has_sales")
    problem_of(db.delete(path(event)), 409, "has_sales")
    assert tickets.post(path(event, "orders", order, "cancel")).status_code == 200
    assert db.delete(path(event, "ticket-types", kind)).status_code == 204
    assert db.delete(path(event)).status_code == 204


def test_an_event_without_sales_is_deleted_with_its_ticket_types(db):
    event, kind = on_sale(db)
    assert db.delete(path(event)).status_code == 204
    problem_of(db.get(path(event, "ticket-types", kind)), 404, "not_found")


# Ticket types

def test_a_ticket_type_shows_its_stock(db):
    event, kind = on_sale(db, capacity=7)
    assert (kind["sold"], kind["held"], kind["available"]) == (0, 0, 7)
    [listed] = db.get(path(event, "ticket-types")).json()["items"]
    assert listed == kind


def test_a_price_is_in_the_currency_of_the_event(db):
    event = new_event(db)
    answer = db.post(path(event, "ticket-types"), ticket_type_body(price={"amount": 1, "currency": "USD"}))
    assert faults(problem_of(answer, 422, "validation_failed")) == {"#/price/currency": "other_currency"}


def test_ticket_types_are_found_by_type(db):
    event = new_event(db)
    new_ticket_type(db, event)
    vip = new_ticket_type(db, event, type="vip")
    assert db.get(path(event, "ticket-types"), params={"type": "vip"}).json()["items"] == [vip]


# Notifications

def test_a_notification_is_a_draft_unless_it_says_when(db):
    event = new_event(db)
    draft = created(db.post(path(event, "notifications"), notification_body()))
    later = created(db.post(path(event, "notifications"), notification_body(send_at="2030-05-31T09:00:00Z")))
    assert (draft["status"], later["status"]) == ("draft", "scheduled")


def test_an_audience_is_exactly_one(db):
    event = new_event(db)
    for audience in ({}, {"all": True, "status": "confirmed"}):
        answer = db.post(path(event, "notifications"), notification_body(audience=audience))
        assert faults(problem_of(answer, 422, "validation_failed")) == {"#/audience": "exactly_one"}
