"""The pages where people confirm, cancel and unsubscribe, in a real browser."""

import pytest
from test_order_page_looks import CONTRAST, WIDE
from test_self_service import links, status_of

from support import attendee_body, created, new_event, path


@pytest.mark.parametrize("verb, status", [("confirm", "confirmed"), ("cancel", "cancelled")])
def test_a_person_is_asked_and_told(db, attendees, browser, verb, status):
    event = new_event(db, name="W" * 200)
    person = created(attendees.post(path(event, "attendees"), attendee_body()))
    link = links(attendees, event, person)[verb]
    for width, dark in ((320, False), (390, True), (1280, False), (1280, True)):
        browser.show(link["url"], width, dark=dark)
        browser.until("document.querySelector('button').textContent")
        assert browser.evaluate(WIDE) <= 0 and browser.evaluate(CONTRAST) == []
        assert browser.evaluate("document.querySelector('button').offsetHeight") >= 44
    assert status_of(attendees, event, person) == "unconfirmed"
    browser.evaluate("document.querySelector('button').click()")
    browser.until("document.querySelector('button').hidden")
    assert status_of(attendees, event, person) == status
    assert event["name"] in browser.evaluate("document.body.innerText")
    assert browser.evaluate(WIDE) <= 0
    assert all(link["token"] not in one["url"] for one in browser.requests())
    assert browser.complaints() == []


def test_pages_have_one_look(attendees, tickets):
    def style(page):
        return page.text.partition("<style>")[2].partition("</style>")[0]
    one, other = attendees.get("/v1/attendees/confirm"), tickets.get("/v1/orders/mine")
    assert style(one) == style(other) != ""
    for page in (one, other):
        assert page.headers["Cache-Control"] == "no-store" and page.headers["X-Content-Type-Options"] == "nosniff"
