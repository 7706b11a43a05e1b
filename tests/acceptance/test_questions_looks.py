"""What is asked of a ticket's holder, on the page of an order in a real browser."""

import pytest
from test_mail_content import address
from test_mail_looks import NAMES
from test_order_page import link_of
from test_order_page_looks import CONTRAST, READY, WIDE, WINDOWS, shop

from support import created, eventually, order_body, path


def asked(db, label="Size", choices=("S", "M")):
    return shop(db, "Gala", questions=[
        {"id": "size", "label": label, "kind": "choice", "choices": list(choices), "required": True,
         "texts": [{"locale": "es", "label": "Talla", "choices": [f"{one} (es)" for one in choices]}]},
        {"id": "first", "label": "First visit?", "kind": "yes_no"}, {"id": "diet", "label": label, "kind": "text"}])


def sold(tickets, event, kind, locale="en", answers=None):
    body = order_body((kind, 1), buyer=address(), answers_later=True)
    body["buyer"]["locale"] = locale
    if answers:
        body["items"][0]["tickets"] = [{"answers": answers}]
    order = created(tickets.post(path(event, "orders"), body))
    return order, link_of(tickets, event, order)["url"]


def opened(browser, url, width=390, dark=False):
    browser.show(url, width, dark=dark)
    browser.until(READY)


def given(browser):
    """The answers as they are read, not the form."""
    return browser.evaluate("[...document.querySelectorAll('.given dt')].map(one => "
                            "[one.textContent, one.nextElementSibling.textContent])")


@pytest.mark.parametrize("label", NAMES.values(), ids=NAMES.keys())
def test_questions_fit_whatever_they_say(db, tickets, browser, label):
    event, kind = asked(db, label[:200], [label[:150], label[:149] + "2"])
    _, url = sold(tickets, event, kind, answers={"size": label[:150], "diet": label[:300], "first": "yes"})
    for width, dark in WINDOWS:
        opened(browser, url, width, dark)
        browser.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert browser.evaluate(WIDE) <= 0, (width, dark)
        assert browser.evaluate(CONTRAST) == []
        assert browser.evaluate("[...document.querySelectorAll('button, summary, input, select')].every("
                                "one => !one.checkVisibility() || one.offsetHeight >= 44)")
        assert browser.evaluate("[...document.querySelectorAll('.answers input, .answers select')].every("
                                "one => one.labels.length === 1)")
        direction = browser.evaluate("getComputedStyle(document.querySelector('.given dt')).direction")
        assert direction == ("rtl" if label.startswith("م") else "ltr")
    assert [answer for _, answer in given(browser)] == [label[:150], "Yes", label[:300]]


def test_a_holder_answers(db, tickets, browser):
    event, kind = asked(db)
    order, url = sold(tickets, event, kind)
    opened(browser, url)
    assert browser.evaluate("document.querySelector('.asking').open")  # something that is required lacks
    assert given(browser) == []
    browser.evaluate("""(() => {
        const form = document.querySelector('.answers')
        form.elements.size.value = 'M'; form.elements.first.value = 'no'; form.elements.diet.value = '<b>none</b>'
        form.querySelector('button').click() })()""")
    eventually(lambda: given(browser) == [["Size", "M"], ["First visit?", "No"], ["Size", "<b>none</b>"]])
    assert not browser.evaluate("document.querySelector('.asking').open")
    [ticket] = tickets.get(path(event, "orders", order)).json()["tickets"]
    assert ticket["answers"] == {"size": "M", "first": "no", "diet": "<b>none</b>"}
    browser.evaluate("""(() => {
        const form = document.querySelector('.answers')
        form.elements.first.value = ''; form.elements.diet.value = ''
        form.querySelector('button').click() })()""")
    eventually(lambda: given(browser) == [["Size", "M"]])
    assert tickets.get(path(event, "orders", order)).json()["tickets"][0]["answers"] == {"size": "M"}
    assert browser.complaints() == []


def test_what_is_required_is_asked_for_before_anything_is_sent(db, tickets, browser):
    event, kind = asked(db)
    _, url = sold(tickets, event, kind)
    opened(browser, url)
    browser.evaluate("document.querySelector('.answers button').click()")
    assert browser.evaluate("document.querySelector('.answers select:invalid').name") == "size"
    assert all("/answers" not in one["url"] for one in browser.requests())


def test_questions_speak_the_readers_language(db, tickets, browser):
    event, kind = asked(db)
    _, url = sold(tickets, event, kind, "es-MX", {"size": "M", "first": "yes"})
    opened(browser, url)
    assert given(browser) == [["Talla", "M (es)"], ["First visit?", "Sí"]]


def test_who_is_asked_nothing_sees_no_questions(db, tickets, browser):
    event, kind = shop(db, "Gala")
    _, url = sold(tickets, event, kind)
    opened(browser, url)
    assert not browser.evaluate("document.querySelector('.asking').checkVisibility()")
