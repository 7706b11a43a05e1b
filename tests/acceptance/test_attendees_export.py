"""The whole list, as a file or line by line, and in figures."""

import csv
import io
import json

import pytest

from support import attendee_body, created, new_event, pages, path, problem_of


@pytest.fixture
def event(db):
    return new_event(db)


def register(attendees, event, **changes):
    return created(attendees.post(path(event, "attendees"), attendee_body(**changes)))


def export(attendees, event, accept="text/csv", **query):
    answer = attendees.get(path(event, "attendees", "export"), params=query, headers={"Accept": accept})
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].startswith(accept)
    return answer.content.decode()


def test_people_are_counted_by_status(attendees, event):
    def counts():
        return attendees.get(path(event, "attendees", "counts")).json()
    assert counts() == {"event_id": event["id"], "unconfirmed": 0, "confirmed": 0, "cancelled": 0, "total": 0}
    one, two, _ = (register(attendees, event) for _ in range(3))
    attendees.post(path(event, "attendees", one, "confirm"))
    attendees.post(path(event, "attendees", two, "cancel"))
    assert counts() == {"event_id": event["id"], "unconfirmed": 1, "confirmed": 1, "cancelled": 1, "total": 3}
    missing = "event_01jz3w4v9he8qb2m5x7k6d0c1n"
    problem_of(attendees.get(path(missing, "attendees", "counts")), 404, "not_found")


def test_a_list_is_exported_as_csv_that_runs_nothing(attendees, event):
    evil = register(attendees, event, name='=HYPERLINK("http://evil","x"), ok', phone="+34600111222")
    plain = register(attendees, event, name="Gràcia, \"López\"", marketing_consent={"given": True})
    text = export(attendees, event)
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["id"] for row in rows] == [evil["id"], plain["id"]]
    assert rows[0]["name"] == "'" + evil["name"] and rows[0]["phone"] == "'+34600111222"
    assert rows[1]["name"] == plain["name"] and rows[1]["phone"] == ""
    assert [row["marketing_consent"] for row in rows] == ["", "true"]
    assert text.count("\r\n") == 3


def test_an_empty_list_is_a_header(attendees, event):
    assert export(attendees, event).count("\r\n") == 1
    assert export(attendees, event, "application/x-ndjson") == ""


def test_a_long_list_is_exported_whole_and_once(attendees, event):
    people = [register(attendees, event) for _ in range(120)]
    lines = [json.loads(line) for line in export(attendees, event, "application/x-ndjson").splitlines()]
    assert lines == people
    assert export(attendees, event, status="confirmed").count("\r\n") == 1
    assert export(attendees, event).count("\r\n") == 121


def test_an_export_that_cannot_be_is_refused(attendees, event):
    address = path(event, "attendees", "export")
    problem_of(attendees.get(address, headers={"Accept": "image/png"}), 406, "not_acceptable")
    problem_of(attendees.get(address, params={"status": "asleep"}), 422, "validation_failed")
    missing = "event_01jz3w4v9he8qb2m5x7k6d0c1n"
    problem_of(attendees.get(path(missing, "attendees", "export")), 404, "not_found")


def test_pages_neither_skip_nor_repeat_while_people_come(attendees, event):
    first = [register(attendees, event)["id"] for _ in range(6)]
    seen = []
    for person in pages(attendees, path(event, "attendees"), limit=2):
        seen.append(person["id"])
        if len(seen) < 8:
            register(attendees, event)
    assert seen[:6] == first and len(seen) == len(set(seen)) == 13
