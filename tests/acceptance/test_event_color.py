"""The colour of an event: in its mails, on its tickets and on the pages of its orders."""

import shutil
import subprocess

import pytest
from test_mail_content import address, buy, mails
from test_order_page import link_of, seen
from test_order_page_looks import CONTRAST, READY

from support import event_body, faults, new_event, new_ticket_type, on_sale, path, problem_of


def test_a_colour_is_checked_and_kept(db):
    event = new_event(db, color="#A4161A")
    assert db.get(path(event)).json()["color"] == "#A4161A"
    for wrong in ("red", "#fff", "#12345g", "", 5):
        problem = problem_of(db.patch(path(event), {"color": wrong}), 422, "validation_failed")
        assert faults(problem) == {"#/color": "wrong_type" if wrong == 5 else "invalid_color"}
    assert "color" not in db.patch(path(event), {"color": None}).json()
    assert db.post("/v1/events", event_body(color="blue")).status_code == 422
    copy = db.post(path(new_event(db, color="#112233"), "clone"), {"starts_at": "2031-06-01T20:00:00+02:00"})
    assert copy.json()["color"] == "#112233"


def test_a_mail_and_a_page_have_it(db, tickets, inbox):
    event, kind = on_sale(db)
    body = {"color": "#ffe066", "messages": {"tickets": True}}
    assert db.patch(path(event), body).status_code == 200
    who = address()
    order = buy(tickets, event, kind, 1, who)
    [mail] = mails(inbox, who)
    assert "background:#ffe066; color:#000000" in mail.get_body(("html",)).get_content()
    page = seen(tickets, link_of(tickets, event, order)["token"])
    assert (page["event"]["color"], page["event"]["text_color"]) == ("#ffe066", "#000000")


@pytest.mark.skipif(not shutil.which("pdftoppm"), reason="not installed: pdftoppm")
def test_a_printed_ticket_has_it(db, tickets):
    event = new_event(db, color="#ff0000")
    order = buy(tickets, event, new_ticket_type(db, event), 1, address())
    pdf = tickets.get(path(event, "orders", order, "tickets.pdf")).content
    picture = subprocess.run(["pdftoppm", "-r", "20", "-"], input=pdf, capture_output=True, check=True).stdout
    assert bytes((255, 0, 0)) in picture


@pytest.mark.parametrize("color", ["#ffffff", "#000000", "#777777", "#ffe066"])
def test_text_on_any_colour_can_be_read(db, tickets, browser, color):
    event = new_event(db, color=color)
    order = buy(tickets, event, new_ticket_type(db, event), 1, address())
    for dark in (False, True):
        browser.show(link_of(tickets, event, order)["url"], 390, dark=dark)
        browser.until(READY)
        assert browser.evaluate(CONTRAST) == []
        shown = browser.evaluate("getComputedStyle(document.querySelector('.event')).backgroundColor")
        assert shown == "rgb({}, {}, {})".format(*bytes.fromhex(color[1:]))
