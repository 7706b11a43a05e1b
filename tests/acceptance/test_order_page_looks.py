"""The page of a buyer's own order in a real browser: nothing sticks out, codes can be read in the dark, and what is
clicked happens."""

import pytest
from test_mail_content import address
from test_mail_looks import NAMES
from test_order_page import PAGE, give, link_of

from support import created, eventually, new_event, new_ticket_type, order_body, path

WINDOWS = [(320, False), (390, True), (1280, False), (1280, True)]
READY = "!document.querySelector('.order').hidden && [...document.images].every(one => one.complete)"
# Contrast as WCAG 2 has it (1.4.3), of every text that shows, against the background that is behind it.
CONTRAST = """(() => {
  const parts = text => (text.match(/[\\d.]+/g) || []).map(Number)
  const light = ([r, g, b]) => { const [x, y, z] = [r, g, b].map(one => one / 255).map(
    one => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4); return 0.2126 * x + 0.7152 * y + 0.0722 * z }
  const behind = one => { for (; one; one = one.parentElement) {
    const colour = parts(getComputedStyle(one).backgroundColor)
    if (colour.length === 3 || colour[3] === 1) return colour } return [255, 255, 255] }
  const low = []
  for (const one of document.querySelectorAll('body *')) {
    const says = [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim())
    if (!says || !one.checkVisibility()) continue
    const both = [light(parts(getComputedStyle(one).color)), light(behind(one))].sort((a, b) => b - a)
    const ratio = (both[0] + 0.05) / (both[1] + 0.05)
    if (ratio < 4.5) low.push([one.className, one.textContent.slice(0, 30), ratio])
  }
  return low })()"""
# What sticks out of the window.
WIDE = "Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) - innerWidth"


def shop(db, name, **changes):
    event = new_event(db, name=name[:200], location=name[:200], **changes)
    return event, new_ticket_type(db, event, name=name[:100])


def opened(browser, url, width, dark=False):
    browser.show(url, width, dark=dark)
    browser.until(READY)


@pytest.mark.parametrize("name", [*NAMES.values(), "東京国際フォーラム春の音楽祭" * 10], ids=[*NAMES.keys(), "CJK"])
def test_an_order_fits_whatever_names_are(db, tickets, browser, name):
    event, kind = shop(db, name)
    who = address()
    order = created(tickets.post(path(event, "orders"), order_body((kind, 2), buyer=who)))
    assert tickets.post(path(event, "orders", order, "tickets", "1", "assign"),
                        {"name": name[:200], "email": who}).status_code == 200
    give(tickets, event, order, 2, address())
    url = link_of(tickets, event, order)["url"]
    for width, dark in WINDOWS:
        opened(browser, url, width, dark)
        browser.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert browser.evaluate(WIDE) <= 0, (width, dark)
        assert browser.evaluate(CONTRAST) == []
        [picture] = browser.evaluate("""[...document.images].filter(one => one.checkVisibility()).map(one => ({
            width: one.getBoundingClientRect().width, natural: one.naturalWidth,
            around: one.parentElement.getBoundingClientRect().width,
            card: getComputedStyle(one.parentElement).backgroundColor}))""")
        assert picture["natural"] > 100 and picture["card"] == "rgb(255, 255, 255)"
        assert picture["width"] == picture["around"] >= 200
        assert browser.evaluate("[...document.querySelectorAll('button, summary, input')].every("
                                "one => !one.checkVisibility() || one.offsetHeight >= 44)")
        direction = browser.evaluate("getComputedStyle(document.querySelector('h1')).direction")
        assert direction == ("rtl" if name.startswith("م") else "ltr")


def test_what_is_clicked_happens_and_the_token_stays_in_the_browser(db, tickets, browser):
    event, kind = shop(db, "Gala")
    order = created(tickets.post(path(event, "orders"), order_body((kind, 2), buyer=address())))
    link = link_of(tickets, event, order)
    opened(browser, link["url"], 390)

    def fill(card, form, **values):
        browser.evaluate(f"""(() => {{
            const form = document.querySelectorAll('.ticket')[{card}].querySelector('.{form}')
            form.closest('details').open = true
            for (const [name, value] of Object.entries({values})) form.elements[name].value = value
            form.querySelector('button').click() }})()""")

    fill(0, "rename", name="Ada King")
    eventually(lambda: browser.evaluate("document.querySelector('.holder').textContent") == "Ada King")
    fill(1, "transfer", name="Bea Blau", email="bea@example.org")
    eventually(lambda: browser.evaluate("document.querySelectorAll('.elsewhere:not([hidden])').length") == 1)
    first, second = tickets.get(path(event, "orders", order)).json()["tickets"]
    assert (first["attendee"]["name"], second["attendee"]["email"]) == ("Ada King", "bea@example.org")
    assert "Bea Blau" in browser.evaluate("document.body.innerText")
    sent = browser.requests()
    assert {one["method"] for one in sent if PAGE in one["url"]} == {"GET", "POST"}
    assert all(one["url"].startswith((tickets.url + PAGE, "data:image/png", "about:")) for one in sent)
    assert all(link["token"] not in one["url"] for one in sent)
    assert not any(one["headers"].get("Referer") for one in sent)
    assert browser.complaints() == []


def test_what_is_saved_is_a_file(db, tickets, browser, tmp_path):
    event, kind = shop(db, "Gala")
    order = created(tickets.post(path(event, "orders"), order_body((kind, 1), buyer=address())))
    opened(browser, link_of(tickets, event, order)["url"], 1280)
    browser.send("Page.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    for button, name, begins in ((".pdf", "tickets.pdf", b"%PDF-"), (".calendar", "event.ics", b"BEGIN:VCALENDAR")):
        browser.evaluate(f"document.querySelector('{button}').click()")
        file = tmp_path / name
        assert eventually(lambda file=file: file.exists() and file.read_bytes()).startswith(begins)
    assert browser.complaints() == []


@pytest.mark.parametrize("locale, word", [("es", "Entradas"), ("en", "Tickets")])
def test_it_speaks_the_languages_that_mails_have(db, tickets, browser, locale, word):
    event, kind = shop(db, "Gala")
    body = order_body((kind, 1), buyer=address())
    body["buyer"]["locale"] = locale
    opened(browser, link_of(tickets, event, created(tickets.post(path(event, "orders"), body)))["url"], 390)
    assert browser.evaluate("document.querySelector('h2').textContent") == word
    assert browser.evaluate("document.documentElement.lang") == locale
    assert browser.evaluate("document.title") == "Gala"
    assert "25" in browser.evaluate("document.querySelector('.facts').innerText")


@pytest.mark.parametrize("currency, amount, text", [
    ("EUR", 250050, "2500.50 EUR"), ("HUF", 250000, "2500.00 HUF"), ("IQD", 2500000, "2500.000 IQD"), ("JPY", 2500, "2500 JPY")])
def test_money_is_written_as_in_mails(db, tickets, browser, currency, amount, text):
    """Browsers take other decimals than ISO 4217 for some currencies."""
    event = new_event(db, currency=currency)
    kind = new_ticket_type(db, event, price={"amount": amount, "currency": currency})
    order = created(tickets.post(path(event, "orders"), order_body((kind, 1), buyer=address())))
    opened(browser, link_of(tickets, event, order)["url"], 390)
    assert text in browser.evaluate("document.querySelector('.facts').innerText")


def test_a_link_that_is_none_says_so(tickets, browser):
    browser.show(f"{tickets.url}{PAGE}#nonsense", 390)
    assert browser.until("document.querySelector('.message').textContent.includes('link')")
    assert browser.evaluate("document.querySelector('.order').hidden")


def cancel_form(card):
    """The form of a card's, or of the whole order."""
    return f"document.querySelectorAll('.ticket')[{card}].querySelector('.cancel')" if card is not None else (
        "document.querySelector('.cancel-order')")


def clicked(browser, form, word):
    """Opens what asks once more, reads it, and goes on."""
    browser.evaluate(f"{form}.closest('details').querySelector('summary').click()")
    assert browser.evaluate(f"{form}.closest('details').open")
    text = browser.evaluate(f"{form}.innerText")
    assert word in text, text
    browser.evaluate(f"{form}.querySelector('button').click()")


@pytest.mark.parametrize("locale, words", [
    ("en", ("25.00 EUR", "Ticket cancelled", "To be refunded", "Cancelled")),
    ("es", ("25,00 EUR", "Entrada cancelada", "Por devolver", "Cancelado"))])
def test_a_buyer_cancels_after_being_asked_once_more(db, tickets, browser, locale, words):
    money, done, due, ended = words
    event, kind = shop(db, "Gala", buyer_may_cancel_until="2030-05-31T12:00:00Z")
    body = order_body((kind, 3), buyer=address())
    body["buyer"]["locale"] = locale
    order = created(tickets.post(path(event, "orders"), body))
    give(tickets, event, order, 3, address(), "transfer")
    url = link_of(tickets, event, order)["url"]
    for width, dark in WINDOWS:
        opened(browser, url, width, dark)
        browser.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert browser.evaluate(WIDE) <= 0 and browser.evaluate(CONTRAST) == []
        assert browser.evaluate("[...document.querySelectorAll('button, summary')].every("
                                "one => !one.checkVisibility() || one.offsetHeight >= 44)")
    assert browser.evaluate("[...document.querySelectorAll('.cancel')].map(one => one.checkVisibility())") == [
        True, True, False]
    assert [one["status"] for one in tickets.get(path(event, "orders", order)).json()["tickets"]] == ["valid"] * 3
    opened(browser, url, 390)
    clicked(browser, cancel_form(1), money)
    assert browser.until(f"document.querySelector('.message').textContent.includes('{done}')")
    assert due in browser.evaluate("document.querySelector('.facts').innerText")
    clicked(browser, cancel_form(None), "14:00 (Europe/Madrid)")
    browser.until("document.querySelectorAll('.ticket.void').length === 2")
    assert browser.evaluate("document.querySelector('.cancelling').hidden")
    record = tickets.get(path(event, "orders", order)).json()
    assert ([one["status"] for one in record["tickets"]], record["refund_due"]["amount"]) == (["void", "void", "valid"], 5000)
    assert browser.evaluate(WIDE) <= 0 and browser.evaluate(CONTRAST) == [] and browser.complaints() == []
    held = created(tickets.post(path(event, "orders"), {**body, "items": [{"ticket_type_id": kind["id"], "quantity": 1}],
                                                         "hold_seconds": 600}))
    opened(browser, link_of(tickets, event, held)["url"], 390)
    clicked(browser, cancel_form(None), "")
    assert browser.until(f"document.querySelector('.facts').innerText.includes('{ended}')")


def test_a_page_offers_no_cancelling_that_the_event_does_not(db, tickets, browser):
    event, kind = shop(db, "Gala")
    order = created(tickets.post(path(event, "orders"), order_body((kind, 1), buyer=address())))
    opened(browser, link_of(tickets, event, order)["url"], 390)
    assert browser.evaluate("[...document.querySelectorAll('.cancelling')].every(one => !one.checkVisibility())")
