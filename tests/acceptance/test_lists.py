"""Lists of people as programs and people keep them: tests/acceptance/lists, of invented people."""

from pathlib import Path

import pytest
from test_attendees_import import finished, people, send

from support import new_event, pages, path, problem_of

LISTS = Path(__file__).parent / "lists"


@pytest.fixture
def event(db):
    return new_event(db)


def take(attendees, event, name, **query):
    """What becomes of a list, in a dry run first, which keeps nothing."""
    data = (LISTS / name).read_bytes()
    dry = finished(attendees, send(attendees, event, data, dry_run="true", **query))
    assert people(attendees, event) == set()
    job = finished(attendees, send(attendees, event, data, **query))
    told = ("status", "imported", "rejected", "skipped", "ignored_columns", "errors")
    assert [dry.get(member) for member in told] == [job.get(member) for member in told]
    return job


def errors(job):
    assert all(each["detail"] for each in job["errors"])
    return [(each["line"], each.get("column"), each["code"]) for each in job["errors"]]


def phones(attendees, event):
    return {one["name"]: one.get("phone") for one in pages(attendees, path(event, "attendees"), limit=500)}


def test_an_export_of_orders(attendees, event):
    job = take(attendees, event, "order-export.csv")
    assert (job["status"], job["imported"], job["rejected"], job["skipped"]) == ("done", 2, 2, 1)
    assert errors(job) == [(3, "status", "skipped"), (5, "email", "required"), (6, "phone", "invalid_phone")]
    assert job["ignored_columns"] == ["Order #", "Order Date", "Quantity", "Ticket Type", "Attendee #", "Barcode #"]
    assert phones(attendees, event) == {"Aarti Shah": "+919824000001", "Chetan Mehta": None}


def test_an_export_of_orders_without_the_phones_that_cannot_be_read(attendees, event):
    job = take(attendees, event, "order-export.csv", lenient="phone")
    assert (job["imported"], job["rejected"], job["skipped"]) == (3, 1, 1)
    assert errors(job) == [(3, "status", "skipped"), (5, "email", "required"), (6, "phone", "invalid_phone")]
    assert phones(attendees, event) == {"Aarti Shah": "+919824000001", "Chetan Mehta": None, "Dev Patel": None}


@pytest.mark.parametrize("begin", ["9", "+34 600 111 222"])
def test_a_row_comes_in_without_a_phone_that_is_too_long_if_it_may(attendees, event, begin):
    long, name = begin + " " * 1000 + "9", "n" * 1001
    rows = (f"Ana,ana@example.org,{long}", f"{name},ben@example.org,{long}", f"Cid,cid,{long}", "Dan,dan@example.org,")
    data = "\n".join(("name,email,phone", *rows)).encode()
    for lenient, imported in ((None, 1), ("locale", 1), ("phone,locale", 2)):
        job = finished(attendees, send(attendees, event, data, lenient=lenient, dry_run="true"))
        assert (job["status"], job["imported"], job["rejected"]) == ("done", imported, 4 - imported)
        assert {*errors(job)} == {(2, "phone", "too_long"), (3, "name", "too_long"), (3, "phone", "too_long"),
                                  (4, "phone", "too_long")} | ({(4, "email", "invalid_email")} if imported == 2 else set())
    finished(attendees, send(attendees, event, data, lenient="phone"))
    assert phones(attendees, event) == {"Ana": None, "Dan": None}


def test_semicolons_and_a_byte_order_mark(attendees, event):
    job = take(attendees, event, "semicolons-bom.csv")
    assert (job["imported"], job["ignored_columns"]) == (2, ["Bemerkung"])
    assert errors(job) == [(4, "email", "invalid_email")]
    assert phones(attendees, event) == {"Ada Beispiel": "+49301234567", "Zoë Müller-Lüdenscheidt": "+49301234568"}


def test_names_and_surnames_in_spanish(attendees, event):
    job = take(attendees, event, "nombre-apellidos.csv")
    assert (job["imported"], job["ignored_columns"]) == (1, ["DNI"])
    assert errors(job) == [(2, "phone", "invalid_phone")]
    assert phones(attendees, event) == {"María José de la Peña": "+34600111223"}


def test_a_line_that_names_the_separator(attendees, event):
    job = take(attendees, event, "sep-line.csv")
    assert (job["imported"], job["errors"], job.get("ignored_columns")) == (1, [], [])
    assert people(attendees, event) == {("Ann Example", "ann.sep@example.org")}


def test_the_attendee_wins_over_the_buyer(attendees, event):
    job = take(attendees, event, "buyer-and-attendee.csv")
    assert (job["imported"], job["errors"]) == (2, [])
    assert people(attendees, event) == {("Taylor Guest", "taylor.guest@example.com"),
                                        ("Alex Payer", "alex.payer@example.com")}


def test_latin_1_is_told_by_its_line(attendees, event):
    job = take(attendees, event, "latin1.csv")
    assert (job["status"], job["failure"], job["imported"]) == ("failed", "not_utf8", 0)
    assert errors(job) == [(2, None, "not_utf8")] and "Latin-1" in job["errors"][0]["detail"]


@pytest.mark.parametrize("charset", ["iso-8859-1", "Windows-1252"])
def test_latin_1_is_read_when_asked_for(attendees, event, charset):
    assert take(attendees, event, "latin1.csv", charset=charset)["status"] == "done"
    assert people(attendees, event) == {("José Latin", "jose.latin@example.org")}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_by_its_mark(attendees, event, encoding):
    text = "Name\tE-mail\r\nZoë 😀\tzoe@example.org\r\n" + "".join(
        f"Ana {n}\tana{n}@example.org\r\n" for n in range(1000))
    mark = "" if encoding == "utf-16" else "\ufeff"
    job = finished(attendees, send(attendees, event, (mark + text).encode(encoding)))
    assert (job["status"], job["imported"], job["errors"]) == ("done", 1001, [])
    assert ("Zoë 😀", "zoe@example.org") in people(attendees, event)


def test_a_mapping_says_which_column_is_which(attendees, event):
    text = b"Name,Full name,Mail,E-mail\nNick,Ada Lovelace,ada@example.org,old@example.org\n"
    problem = problem_of(send(attendees, event, text), 422, "invalid_csv")
    assert (problem["line"], problem["reason"]) == (1, "ambiguous_column")
    assert problem["ambiguous"] == [{"member": "email", "columns": ["Mail", "E-mail"]}]
    job = finished(attendees, send(attendees, event, text, columns="name:Full name,email:Mail"))
    assert (job["imported"], job["ignored_columns"]) == (1, ["Name", "E-mail"])
    assert people(attendees, event) == {("Ada Lovelace", "ada@example.org")}
    lacking = problem_of(send(attendees, event, text, columns="name:Full name,email:Post,phone:Tel"), 422,
                         "invalid_csv")
    assert (lacking["reason"], lacking["unknown"]) == ("unknown_column", ["Post", "Tel"])


def test_what_is_asked_for_wrongly_is_told_at_once(attendees, event):
    answer = send(attendees, event, b"name,email\n", charset="ebcdic", lenient="email", columns="shoe:Size", dry_run="x",
                  shoe="1")
    problem = problem_of(answer, 422, "validation_failed")
    assert {each["parameter"] for each in problem["errors"]} == {"charset", "lenient", "columns", "dry_run", "shoe"}


def test_a_mapping_is_as_long_as_the_document_says(attendees, event):
    text = b"name,email\n"
    longest = "name:" + "x" * 995
    problem_of(send(attendees, event, text, columns=longest), 422, "invalid_csv")
    problem = problem_of(send(attendees, event, text, columns=longest + "x"), 422, "validation_failed")
    assert [(each["parameter"], each["code"], each["limit"]) for each in problem["errors"]] == [
        ("columns", "too_long", 1000)]
