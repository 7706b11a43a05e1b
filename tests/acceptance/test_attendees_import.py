"""Lists that come as files."""

import time

import pytest

from support import eventually, new_event, pages, path, problem_of


@pytest.fixture
def event(db):
    return new_event(db)


def send(attendees, event, data, key=None, **query):
    return attendees.post(path(event, "attendees", "import"), data=data, params=query, idempotency_key=key,
                          headers={"Content-Type": "text/csv"})


def finished(attendees, answer):
    assert answer.status_code == 202, answer.text
    address = answer.headers["Location"]

    def look():
        job = attendees.get(address).json()
        return job if job["status"] != "running" else None
    job = eventually(look)
    assert address.endswith(f"/imports/{job['id']}")
    return job


def people(attendees, event):
    return {(one["name"], one["email"]) for one in pages(attendees, path(event, "attendees"), limit=500)}


def test_good_rows_come_in_and_bad_ones_are_told(attendees, event):
    text = ("\ufeffE-mail;Full name;Shoe\r\n"
            "ada@example.org;\"Lovelace; Ada\";37\r\n"
            "eve@example.org;\"Eve\nOnline\";38\r\n"
            "nowhere;Bob;40\r\n"
            "ADA@example.org;Ada again;41\r\n"
            "grace@example.org;'=Grace;42\r\n").encode()
    job = finished(attendees, send(attendees, event, text))
    assert (job["status"], job["imported"]) == ("done", 2)
    assert [(each["line"], each["column"], each["code"]) for each in job["errors"]] == [
        (1, "Shoe", "unknown_column"), (3, "name", "invalid_text"), (5, "email", "invalid_email"),
        (6, "email", "duplicate_email")]
    assert all(each["detail"] for each in job["errors"])
    assert people(attendees, event) == {("Lovelace; Ada", "ada@example.org"), ("=Grace", "grace@example.org")}


def test_languages_come_in_and_go_out_with_a_list(db, attendees, event):
    text = ("name,email,Language\r\nAna,ana@example.org,es-MX\r\nAda,ada@example.org,\r\n"
            "Eva,eva@example.org,es_ES\r\n").encode()
    job = finished(attendees, send(attendees, event, text))
    assert [(each["line"], each["column"], each["code"]) for each in job["errors"]] == [
        (4, "locale", "invalid_locale")]
    assert {one["name"]: one.get("locale") for one in pages(attendees, path(event, "attendees"))} == {
        "Ana": "es-MX", "Ada": None}
    other = new_event(db)
    exported = attendees.get(path(event, "attendees", "export"), headers={"Accept": "text/csv"}).content
    assert finished(attendees, send(attendees, other, exported))["imported"] == 2
    assert {one["name"]: one.get("locale") for one in pages(attendees, path(other, "attendees"))} == {
        "Ana": "es-MX", "Ada": None}


def test_the_same_key_again_changes_nothing(attendees, event):
    text = b"name,email\n" + b"".join(b"Ada,ada%d@example.org\n" % n for n in range(500))
    first = finished(attendees, send(attendees, event, text, key="list-1"))
    before = list(pages(attendees, path(event, "attendees"), limit=500))
    assert first["imported"] == len(before) == 500
    assert finished(attendees, send(attendees, event, text, key="list-1")) == first
    assert list(pages(attendees, path(event, "attendees"), limit=500)) == before
    problem_of(send(attendees, event, b"name,email\nBen,ben@example.org\n", key="list-1"), 422,
               "idempotency_key_reused")


def test_a_dry_run_only_tells(attendees, event):
    job = finished(attendees, send(attendees, event, b"name,email\nAda,ada@example.org\nBob,x\n", dry_run="true"))
    assert (job["imported"], len(job["errors"]), job["dry_run"]) == (1, 1, True)
    assert people(attendees, event) == set()


def test_what_is_no_list_is_refused(attendees, event):
    junk = send(attendees, event, b"PK\x03\x04\xff\xfe" * 1000)
    assert problem_of(junk, 422, "invalid_csv")["line"] == 1
    lacking = problem_of(send(attendees, event, b"name,phone\nAda,+34600111222\n"), 422, "invalid_csv")
    assert (lacking["line"], lacking["missing"]) == (1, ["email"])
    wrong = attendees.post(path(event, "attendees", "import"), {"name": "x"})
    problem_of(wrong, 415, "unsupported_media_type")
    missing = "event_01jz3w4v9he8qb2m5x7k6d0c1n"
    problem_of(send(attendees, missing, b"name,email\nAda,ada@example.org\n"), 404, "not_found")
    late = finished(attendees, send(attendees, event, b"name,email\nAda,ada@example.org\nBob,\xff\n"))
    assert (late["status"], late["imported"]) == ("failed", 1)
    assert [(each["line"], each["code"]) for each in late["errors"]] == [(3, "invalid_text")]


def test_a_long_list_streams_in(attendees, event):
    def rows():
        yield b"name,email\n"
        for n in range(100):
            yield b"".join(b"Ada Lovelace %d,ada%d@example.org\n" % (i, i) for i in range(n * 100, n * 100 + 100))
    begun = time.monotonic()
    job = finished(attendees, send(attendees, event, rows()))
    assert (job["imported"], job["errors"]) == (10000, [])
    print(f"{10000 / (time.monotonic() - begun):.0f} rows/s")
    assert attendees.get(path(event, "attendees", "counts")).json()["unconfirmed"] == 10000
