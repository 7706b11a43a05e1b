"""The picture of an event: what is taken, how it is served, and where it is seen."""

import base64
import hashlib
import re
import secrets
import shutil
import struct
import subprocess
import zlib

import pytest
from test_mail_content import address, buy, mails, parts, send
from test_order_page import PAGE, link_of, seen, token_of
from test_order_page_looks import CONTRAST, READY, WIDE, WINDOWS

from support import Rest, attendee_body, created, eventually, new_event, new_ticket_type, path, problem_of

MIB = 1024 * 1024


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, pixels=None, *, alpha=False, pad=0):
    """Of one colour unless there are pixels. `pad` bytes of text stand in it besides."""
    size = 4 if alpha else 3
    rows = pixels or [bytes((200, 40, 60, 90)[:size]) * width] * height
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6 if alpha else 2, 0, 0, 0))
    text = chunk(b"tEXt", b"Comment\0" + b"x" * (pad - 8)) if pad else b""
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"\x89PNG\r\n\x1a\n" + head + text + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def noise(width, height):
    """What no PNG makes small."""
    return png(width, height, [secrets.token_bytes(3 * width) for _ in range(height)])


def put(client, event, picture, kind="image/png", *, alt=None, **headers):
    return client.request("PUT", path(event, "picture"), data=picture, params={"alt": alt} if alt else None,
                          headers={"Content-Type": kind, **headers})


def picture_of(client, event, picture, kind="image/png", **more):
    answer = put(client, event, picture, kind, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


def size_of(picture):
    """Of a JPEG, by its frame's header."""
    assert picture.startswith(b"\xff\xd8"), picture[:200]
    at = 2
    while picture[at + 1] not in (0xc0, 0xc2):
        at += 2 + int.from_bytes(picture[at + 2:at + 4], "big")
    height, width = struct.unpack(">HH", picture[at + 5:at + 9])
    return width, height


@pytest.fixture
def event(db):
    return new_event(db)


@pytest.fixture(scope="module")
def photo(db):
    """A JPEG: what becomes of any picture."""
    event = new_event(db)
    picture_of(db, event, noise(300, 200))
    return db.get(path(event, "picture")).content


def turned(photo, orientation):
    """With Exif that says how the camera was held, and where."""
    exif = struct.pack("<6s2sHIHHHIII", b"Exif\0\0", b"II", 42, 8, 1, 0x0112, 3, 1, orientation, 0) + b"41.38N 2.17E"
    return photo[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + photo[2:]


def test_an_event_gets_a_picture_and_serves_it(db, tickets, event):
    said = picture_of(db, event, png(3000, 1000), alt="Two dancers · Zwei Tänzer")
    assert (said["content_type"], said["width"], said["height"], said["alt"]) == (
        "image/jpeg", 1200, 400, "Two dancers · Zwei Tänzer")
    for service in (db, tickets):
        answer = service.get(path(event, "picture"))
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert size_of(answer.content) == (1200, 400) and len(answer.content) == said["size"]
        assert hashlib.sha256(answer.content).hexdigest() == said["sha256"]
        assert answer.headers["ETag"] == f'"{said["sha256"]}"'
        assert "max-age" in answer.headers["Cache-Control"]
        again = service.get(path(event, "picture"), headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", answer.headers["ETag"])
        assert service.get(path(event)).json()["picture"] == said


def test_the_newest_picture_is_served(db, tickets, event):
    picture_of(db, event, png(30, 20))
    assert size_of(tickets.get(path(event, "picture")).content) == (30, 20)
    picture_of(db, event, png(40, 20))
    assert size_of(db.get(path(event, "picture")).content) == (40, 20)
    eventually(lambda: size_of(tickets.get(path(event, "picture")).content) == (40, 20))
    assert db.delete(path(event, "picture")).status_code == 204
    problem_of(db.get(path(event, "picture")), 404, "not_found")
    problem_of(db.delete(path(event, "picture")), 404, "not_found")
    eventually(lambda: tickets.get(path(event, "picture")).status_code == 404)
    assert "picture" not in db.get(path(event)).json()


@pytest.mark.parametrize("kind, picture, status, code, reason", [
    ("image/gif", b"GIF89a", 415, "unsupported_media_type", None),
    ("application/json", b"{}", 415, "unsupported_media_type", None),
    ("image/png", b"", 422, "invalid_picture", "unreadable"),
    ("image/png", b"GIF89a", 422, "invalid_picture", "unreadable"),
    ("image/jpeg", png(3, 3)[:60], 422, "invalid_picture", "unreadable"),
    ("image/png", png(300, 300)[:-30], 422, "invalid_picture", "unreadable"),
    ("image/png", png(8193, 1), 422, "invalid_picture", "too_many_pixels"),
    ("image/png", png(5000, 5000, [bytes(3 * 5000)] * 5000), 422, "invalid_picture", "too_many_pixels"),
    ("image/png", png(3, 3, pad=MIB), 413, "payload_too_large", None),
], ids=["gif", "json", "empty", "other bytes", "cut off", "no end", "too wide", "bomb", "too large"])
def test_what_is_no_picture_is_refused(db, event, kind, picture, status, code, reason):
    problem = problem_of(put(db, event, picture, kind), status, code)
    assert problem.get("reason") == reason
    problem_of(db.get(path(event, "picture")), 404, "not_found")


def test_a_mebibyte_is_taken_and_what_it_says_besides_is_not_kept(db, event, photo):
    bare = png(30, 20, pad=9)
    whole = png(30, 20, pad=9 + MIB - len(bare))
    assert len(whole) == MIB
    picture_of(db, event, whole)
    assert b"xxxx" not in db.get(path(event, "picture")).content
    for orientation in (1, 6):
        picture_of(db, event, turned(photo, orientation), "image/jpeg")
        kept = db.get(path(event, "picture")).content
        assert b"Exif" not in kept and b"41.38N" not in kept


def test_a_photo_that_was_held_upright_stands_upright(db, event):
    # Wide as it is stored, and high as it was seen.
    picture_of(db, event, noise(700, 300))
    wide = db.get(path(event, "picture")).content
    said = picture_of(db, event, turned(wide, 6), "image/jpeg")
    assert said["height"] > said["width"]


def test_what_does_not_compress_is_still_small(db, event):
    said = picture_of(db, event, noise(590, 590))
    assert said["size"] <= 128 * 1024 and said["width"] >= 290


def test_a_wrong_request_says_what_is_wrong(db, tickets, event):
    problem_of(put(db, "event_01jz3w4v9he8qb2m5x7k6d0c1n", png(3, 3)), 404, "not_found")
    problem_of(put(db, "none", png(3, 3)), 404, "not_found")
    problem_of(put(db, event, png(3, 3), alt="x" * 301), 422, "validation_failed")
    problem_of(put(db, event, png(3, 3), **{"If-Match": "none"}), 400, "invalid_request")
    problem_of(put(db, event, png(3, 3), **{"Idempotency-Key": "x" * 256}), 400, "invalid_idempotency_key")
    problem_of(tickets.get(path({"id": "event_01jz3w4v9he8qb2m5x7k6d0c1n"}, "picture")), 404, "not_found")
    assert put(tickets, event, png(3, 3)).status_code == 405


def test_a_precondition_is_of_the_picture(db, event):
    problem_of(put(db, event, png(3, 3), **{"If-Match": "*"}), 412, "precondition_failed")
    first = picture_of(db, event, png(3, 3))
    second = picture_of(db, event, png(4, 3), **{"If-Match": f'"{first["sha256"]}"'})
    problem_of(put(db, event, png(5, 3), **{"If-Match": f'"{first["sha256"]}"'}), 412, "precondition_failed")
    assert db.get(path(event)).json()["picture"] == second


def test_a_repeat_is_answered_as_before(db, event):
    key = secrets.token_hex(8)
    first = put(db, event, png(30, 30), **{"Idempotency-Key": key})
    picture_of(db, event, png(31, 31))
    again = put(db, event, png(30, 30), **{"Idempotency-Key": key})
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["Idempotency-Key"] == key
    assert db.get(path(event)).json()["picture"]["width"] == 31
    problem_of(put(db, event, png(32, 32), **{"Idempotency-Key": key}), 422, "idempotency_key_reused")


def test_a_clone_has_it_and_a_deleted_event_has_not(db, event):
    said = picture_of(db, event, png(30, 20))
    copy = created(db.post(path(event, "clone"), {"starts_at": "2031-06-01T20:00:00+02:00"}))
    assert copy["picture"] == said
    assert db.delete(path(event)).status_code == 204
    problem_of(db.get(path(event, "picture")), 404, "not_found")
    assert size_of(db.get(path(copy, "picture")).content) == (30, 20)


def test_other_systems_set_it_over_kafka(db, bus, event, photo):
    body = {"event_id": event["id"], "data": base64.b64encode(photo).decode(), "alt": "Poster"}
    reply = bus.ask("event.set_picture", body, key=event["id"])
    assert (reply.status, reply.json["width"]) == (200, 300)
    assert db.get(path(event, "picture")).content == photo
    for data in (b"none", png(3, 3), photo[:-100], photo + bytes(128 * 1024)):
        reply = bus.ask("event.set_picture", {**body, "data": base64.b64encode(data).decode()}, key=event["id"])
        assert reply.status == 422, reply
        assert reply.json["code"] == ("validation_failed" if len(data) > 128 * 1024 else "invalid_picture")


# --- Where it is seen ---

SHAPES = {"wide": (1200, 400), "tall": (400, 1200), "square": (900, 900), "tiny": (1, 1), "thin": (1500, 3)}


def ordered(db, tickets, event):
    who = address()
    return buy(tickets, event, new_ticket_type(db, event), 2, who), who


def picture_part(mail):
    return [part for part in parts(mail, "image/jpeg") if part.get_filename() == "picture.jpg"]


def test_a_mail_shows_it(db, tickets, inbox):
    event = new_event(db, messages={"tickets": True})
    picture_of(db, event, noise(600, 500), alt='Two "dancers" & a <b>')
    _, who = ordered(db, tickets, event)
    [mail] = mails(inbox, who)
    [part] = picture_part(mail)
    assert part.get_content() == db.get(path(event, "picture")).content
    assert part.get_content_disposition() == "inline"
    html = mail.get_body(("html",)).get_content()
    cid = part["Content-ID"].strip("<>")
    [image] = re.findall(rf'<img [^>]*src="cid:{re.escape(cid)}"[^>]*>', html)
    assert 'alt="Two &quot;dancers&quot; &amp; a &lt;b&gt;"' in image
    assert len(html.encode()) < 102 * 1024


def test_a_mail_without_one_is_as_before(db, tickets, inbox):
    event = new_event(db, messages={"tickets": True})
    _, who = ordered(db, tickets, event)
    [mail] = mails(inbox, who)
    assert picture_part(mail) == []
    assert "picture" not in mail.get_body(("html",)).get_content()


def test_a_mail_has_the_picture_of_now(db, tickets, notify, inbox):
    event = new_event(db)
    who = address()
    created(db.post(path(event, "attendees"), attendee_body(email=who)))

    def sizes(count):
        return sorted(size_of(part.get_content()) for mail in mails(inbox, who, count) for part in picture_part(mail))

    picture_of(db, event, png(30, 20))
    send(notify, event)
    assert sizes(1) == [(30, 20)]
    picture_of(db, event, png(40, 20))
    send(notify, event)
    assert sizes(2) == [(30, 20), (40, 20)]
    assert db.delete(path(event, "picture")).status_code == 204
    send(notify, event)
    assert sizes(3) == [(30, 20), (40, 20)]


@pytest.mark.skipif(not shutil.which("pdfimages"), reason="not installed: pdfimages")
def test_printed_tickets_have_it_on_each_page_and_once_in_the_file(db, tickets, tmp_path):
    event = new_event(db)
    picture_of(db, event, noise(600, 400))
    order, _ = ordered(db, tickets, event)
    pdf = tickets.get(path(event, "orders", order, "tickets.pdf")).content
    listed = subprocess.run(["pdfimages", "-list", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    rows = [line.split() for line in listed.splitlines()[2:]]
    assert [row[0] for row in rows] == ["1", "2"] and {row[8] for row in rows} == {"jpeg"}
    assert len({row[10] for row in rows}) == 1 and len(pdf) < 250 * 1024
    page = Rest(tickets.url).post(PAGE + "/tickets.pdf", {"token": token_of(tickets, event, order)})
    assert page.status_code == 200 and page.content.count(b"DCTDecode") == 1


def test_the_page_of_an_order_knows_it(db, tickets, event):
    picture_of(db, event, png(30, 20), alt="Poster")
    order, _ = ordered(db, tickets, event)
    page = seen(tickets, token_of(tickets, event, order))
    assert page["event_id"] == event["id"]
    assert page["event"]["picture"] == db.get(path(event)).json()["picture"]


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_the_page_of_an_order_shows_it(db, tickets, browser, shape):
    event = new_event(db)
    said = picture_of(db, event, png(*shape, alpha=True), alt="Two dancers")
    order, _ = ordered(db, tickets, event)
    url = link_of(tickets, event, order)["url"]
    for width, dark in WINDOWS:
        browser.events.clear()
        browser.show(url, width, dark=dark)
        browser.until(READY)
        browser.until("document.querySelector('.picture').naturalWidth > 0")
        [shown] = browser.evaluate("""[...document.querySelectorAll('.picture')].map(one => ({
            width: one.getBoundingClientRect().width, height: one.getBoundingClientRect().height,
            natural: one.naturalWidth, alt: one.alt, host: new URL(one.src).host === location.host}))""")
        assert (shown["natural"], shown["alt"], shown["host"]) == (said["width"], "Two dancers", True)
        assert shown["width"] <= said["width"] and shown["height"] <= 320
        if min(shape) > 9:  # it keeps its shape
            assert abs(shown["width"] / shown["height"] - said["width"] / said["height"]) < 0.05
        assert browser.evaluate(WIDE) <= 0 and browser.evaluate(CONTRAST) == []
        assert not [one for one in browser.events if one["method"] == "Log.entryAdded"]


def test_the_page_of_an_order_without_one_shows_none(db, tickets, browser, event):
    order, _ = ordered(db, tickets, event)
    browser.show(link_of(tickets, event, order)["url"], 390)
    browser.until(READY)
    assert not browser.evaluate("document.querySelector('.picture').checkVisibility()")


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_a_mail_shows_any_shape(db, tickets, inbox, browser, tmp_path, shape):
    event = new_event(db, messages={"tickets": True})
    picture_of(db, event, png(*shape))
    _, who = ordered(db, tickets, event)
    [mail] = mails(inbox, who)
    page = mail.get_body(("html",)).get_content()
    for part in mail.walk():
        if part.get_content_maintype() == "image":
            data = base64.b64encode(part.get_content()).decode()
            page = page.replace(f"cid:{part['Content-ID'].strip('<>')}", f"data:{part.get_content_type()};base64,{data}")
    file = tmp_path / "mail.html"
    file.write_text(page, encoding="utf-8")
    for width, dark in WINDOWS:
        browser.show(file.as_uri(), width, dark=dark)
        browser.until("document.querySelector('.picture')"
                      " && [...document.images].every(one => one.complete && one.naturalWidth > 0)")
        shown = browser.evaluate("""(one => ({width: one.getBoundingClientRect().width, natural: one.naturalWidth,
            height: one.getBoundingClientRect().height}))(document.querySelector('.picture'))""")
        assert shown["width"] <= min(shown["natural"], 600, width) and shown["height"] <= 400
        assert browser.evaluate(WIDE) <= 0
