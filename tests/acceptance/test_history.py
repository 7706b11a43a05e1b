"""Who did what to a person's record, and when."""

from support import attendee_body, created, new_event, pages, path, problem_of


def history(attendees, event, person, **query):
    return list(pages(attendees, path(event, "attendees", person, "history"), **query))


def test_every_change_of_a_person_is_told_with_key_and_command(db, attendees, bus):
    event = new_event(db)
    person = created(attendees.post(path(event, "attendees"), attendee_body(), idempotency_key="trail-1"))
    address = path(event, "attendees", person)
    attendees.request("PATCH", address, json={"name": "Ada King", "phone": "+34600111222"},
                      headers={"Idempotency-Key": "trail-2"})
    assert bus.ask("attendee.confirm", {"event_id": event["id"], "attendee_id": person["id"]}, id="trail-3").status == 200
    attendees.post(f"{address}/confirm")
    attendees.post(f"{address}/cancel")
    told = history(attendees, event, person)
    assert [(one["command"], one["key"], one["changed"]) for one in told] == [
        ("attendee.register", "anonymous", []), ("attendee.update", "anonymous", ["name", "phone"]),
        ("attendee.confirm", "/tests", ["status"]), ("attendee.cancel", "anonymous", ["status"])]
    assert [one["command_id"] for one in told[:3]] == ["trail-1", "trail-2", "trail-3"]
    times = [one["at"] for one in told]
    assert times[0] == person["created_at"] and times == sorted(times)
    for limit in (1, 2, 3):
        assert history(attendees, event, person, limit=limit) == told


def test_it_outlives_the_data_and_the_record(db, attendees):
    event = new_event(db)
    person = created(attendees.post(path(event, "attendees"), attendee_body(name="Quentin Quibble")))
    assert attendees.post(path(event, "attendees", person, "erase")).status_code == 200
    told = history(attendees, event, person)
    assert told[1]["command"] == "attendee.erase" and {"name", "email"} <= set(told[1]["changed"])
    assert "quibble" not in repr(told).casefold()
    assert db.delete(path(event, "attendees", person)).status_code == 204
    assert [one["command"] for one in history(attendees, event, person)] == [
        "attendee.register", "attendee.erase", "attendee.delete"]


def test_of_nobody_there_is_no_history(db, attendees):
    event, other = new_event(db), new_event(db)
    person = created(attendees.post(path(event, "attendees"), attendee_body()))
    problem_of(attendees.get(path(other, "attendees", person, "history")), 404, "not_found")
    missing = path(event, "attendees", "attendee_01jz3w4v9he8qb2m5x7k6d0c1n", "history")
    problem_of(attendees.get(missing), 404, "not_found")
    bad = attendees.get(path(event, "attendees", person, "history"), params={"cursor": "x"})
    problem_of(bad, 422, "validation_failed")


def test_an_imported_person_was_imported(db, attendees):
    event = new_event(db)
    answer = attendees.post(path(event, "attendees", "import"), data=b"name,email\nAda,ada@example.org\n",
                            headers={"Content-Type": "text/csv"})
    assert answer.status_code == 202
    [person] = pages(attendees, path(event, "attendees"))
    [told] = history(attendees, event, person)
    assert (told["command"], told["key"], told["changed"]) == ("attendee.import", "anonymous", [])
