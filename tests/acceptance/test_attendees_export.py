"""The whole list, as a file or line by line, and in figures."""

import csv
import io
import json

import pytest

from support import (
    attendee_body,
    created,
    eventually,
    new_event,
    new_ticket_type,
    order_body,
    pages,
    path,
    problem_of,
)


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


def test_a_file_has_a_name_and_a_mark_when_asked_for(attendees, tickets, event):
    register(attendees, event, name="Zoë")
    for service, address, name in ((attendees, path(event, "attendees", "export"), "attendees"),
                                   (tickets, "/v1/orders/export", "orders")):
        for query, mark in (({}, b""), ({"bom": "false"}, b""), ({"bom": "true"}, b"\xef\xbb\xbf")):
            answer = service.get(address, params=query, headers={"Accept": "text/csv"})
            assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}.csv"'
            assert answer.content.startswith(mark + b"id,")
        problem = problem_of(service.get(address, params={"bom": "1", "shoe": "1"}), 422, "validation_failed")
        assert {each["parameter"] for each in problem["errors"]} == {"bom", "shoe"}
    lines = attendees.get(path(event, "attendees", "export"), params={"bom": "true"},
                          headers={"Accept": "application/x-ndjson"})
    assert lines.headers["Content-Disposition"].endswith('"attendees.ndjson"') and lines.content.startswith(b"{")
    problem_of(attendees.get(path(event, "attendees"), params={"bom": "true"}), 422, "validation_failed")


def test_a_marked_list_is_taken_in_again(db, attendees, event):
    register(attendees, event, name="Zoë", phone="+34600111222")
    data = attendees.get(path(event, "attendees", "export"), params={"bom": "true"}).content
    other = new_event(db)
    answer = attendees.post(path(other, "attendees", "import"), data=data, headers={"Content-Type": "text/csv"})
    assert answer.status_code == 202, answer.text
    [person] = pages(attendees, path(other, "attendees"))
    assert (person["name"], person["phone"]) == ("Zoë", "+34600111222")


def test_an_export_has_tickets_check_in_consent_and_metadata(db, tickets, attendees, event):
    types = [new_ticket_type(db, event, name=name) for name in ("General", "Backstage")]
    ada = register(attendees, event, metadata={"shirt": "M", "age": "=1+1"},
                   marketing_consent={"given": True, "at": "2026-01-02T03:04:05.000Z", "source": "form"})
    eve = register(attendees, event)
    order = created(tickets.post(path(event, "orders"), order_body((types[0], 2), (types[1], 1))))
    for n in (1, 2, 3):
        assigned = tickets.post(path(event, "orders", order, "tickets", str(n), "assign"),
                                {"name": ada["name"], "email": ada["email"]})
        assert assigned.status_code == 200, assigned.text
    assert tickets.post(path(event, "check-ins"), {"code": order["tickets"][0]["code"], "gate": "A"}).status_code == 200

    def look():
        rows = list(csv.DictReader(io.StringIO(export(attendees, event), newline="")))
        return rows if rows[0]["checked_in"] == "1" else None
    first, second = eventually(look)
    assert (first["id"], first["tickets"], first["ticket_types"]) == (ada["id"], "3", "Backstage: 1; General: 2")
    assert (first["marketing_consent"], first["consent_at"], first["consent_source"]) == (
        "true", "2026-01-02T03:04:05.000Z", "form")
    assert json.loads(first["metadata"]) == ada["metadata"]
    empty = ("ticket_types", "marketing_consent", "consent_at", "consent_source", "metadata")
    assert (second["id"], second["tickets"], second["checked_in"]) == (eve["id"], "0", "0")
    assert [second[column] for column in empty] == [""] * 5
    lines = [json.loads(line) for line in export(attendees, event, "application/x-ndjson").splitlines()]
    assert sorted(lines[0].pop("tickets"), key=lambda each: each["ticket_type"]) == [
        {"ticket_type_id": types[1]["id"], "ticket_type": "Backstage", "tickets": 1, "checked_in": 0},
        {"ticket_type_id": types[0]["id"], "ticket_type": "General", "tickets": 2, "checked_in": 1}]
    assert lines == [attendees.get(path(event, "attendees", one)).json() for one in (ada, eve)]


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
