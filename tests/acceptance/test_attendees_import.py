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
        (3, "name", "invalid_text"), (5, "email", "invalid_email"),
        (6, "email", "duplicate_email")]
    assert job["ignored_columns"] == ["Shoe"]
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
    assert (late["status"], late["failure"], late["imported"], late["rejected"]) == ("failed", "not_utf8", 1, 1)
    [error] = late["errors"]
    assert (error["line"], error["code"]) == (3, "not_utf8") and "Latin-1" in error["detail"]
    for text, line, reason in ((b"name,em\xe1il\n", 1, "not_utf8"), (b"name,\"email\nAda,a@b.org\n", 1, "open_quote"),
                               (b"na\"me,email\n", 1, "stray_quote"), (b"name,email\x01\n", 1, "invalid_text")):
        problem = problem_of(send(attendees, event, text), 422, "invalid_csv")
        assert (problem["line"], problem["reason"]) == (line, reason)


@pytest.mark.parametrize("dry_run", ["false", "true"])
def test_an_open_quote_ends_a_list_where_it_opened(attendees, event, dry_run):
    rows = [f"Fay {n},fay{n}@example.org" for n in range(10)]
    rows[3] = '"Fay 3,fay3@example.org'
    text = "\n".join(["name,email", *rows, ""]).encode()
    job = finished(attendees, send(attendees, event, text, dry_run=dry_run))
    assert (job["status"], job["failure"], job["imported"], job["rejected"]) == ("failed", "open_quote", 3, 1)
    assert [(each["line"], each["code"]) for each in job["errors"]] == [(5, "open_quote")]
    assert len(people(attendees, event)) == (3 if dry_run == "false" else 0)


def test_rows_that_cannot_be_read_are_told_and_the_others_come_in(attendees, event):
    text = (b'name,email,phone\n' + b'x' * 1001 + b',ada@example.org,' + b'1' * 1001 + b'\n'
            b'Bob "the man",bob@example.org,\n"Cy" Cy,cy@example.org,\nDee,dee@example.org' + b',' * 200 + b'\n'
            b'Eve,eve@example.org,\n' + b'y' * 300000 + b'\nFay,fay@example.org,\n')
    for dry_run in ("true", "false"):
        job = finished(attendees, send(attendees, event, text, dry_run=dry_run))
        assert (job["status"], job["imported"], job["rejected"]) == ("done", 2, 5)
        assert [(each["line"], each.get("column"), each["code"]) for each in job["errors"]] == [
            (2, "name", "too_long"), (2, "phone", "too_long"), (3, None, "stray_quote"), (4, None, "stray_quote"),
            (5, None, "too_long"), (7, None, "too_long")]
        assert all(each["detail"] for each in job["errors"])
    assert people(attendees, event) == {("Eve", "eve@example.org"), ("Fay", "fay@example.org")}


def test_a_row_with_more_cells_than_columns_is_rejected(attendees, event):
    """A comma in a name without quotes would else cut the name short in silence."""
    text = b"email,name\nada@example.org,Lovelace, Ada\nbob@example.org,Bob,,\n"
    for dry_run in ("true", "false"):
        job = finished(attendees, send(attendees, event, text, dry_run=dry_run))
        assert (job["status"], job["imported"], job["rejected"]) == ("done", 1, 1)
        [error] = job["errors"]
        assert (error["line"], error["code"]) == (2, "extra_cell") and error["detail"]
    assert people(attendees, event) == {("Bob", "bob@example.org")}


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
