"""What a mail looks like in a real browser: nothing sticks out, pictures are there, in light and in dark."""

import base64
import html
import json
import re
import subprocess

import pytest
from test_mail_content import address, buy, mails, parts, send

from support import CHROMIUM, attendee_body, created, new_event, new_ticket_type, path

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")

# What the page measures of itself.
MEASURE = """<script>
const dark = matchMedia('(prefers-color-scheme: dark)').matches
const color = selector => { const one = document.querySelector(selector); return one && getComputedStyle(one) }
parent.document.getElementById('measured').textContent = JSON.stringify({
  dark, window: innerWidth, wide: document.documentElement.scrollWidth,
  sheet: color('.sheet').backgroundColor, text: color('.text').color,
  pictures: [...document.images].map(image => [image.naturalWidth, image.getBoundingClientRect().width,
                                               image.getBoundingClientRect().left]),
  buttons: [...document.querySelectorAll('a.button')].map(one => [one.textContent, one.offsetHeight]),
  names: [...document.querySelectorAll('[dir=auto]')].map(one => [one.textContent.trim(),
                                                                getComputedStyle(one).direction])})
</script></body>"""
# A window of Chromium's is not as narrow as a phone; a frame may be.
FRAME = """<!doctype html><meta charset="utf-8"><meta name="color-scheme" content="light dark"><pre id="measured"></pre>
<iframe width="{width}" height="900" style="border:0" srcdoc="{page}"></iframe>"""
LIGHT, DARK = "preferredColorScheme=1", "preferredColorScheme=0"


@pytest.fixture
def browser(tmp_path):
    """Shows a mail in a window so wide, and says what it measures there."""
    def show(mail, width, scheme):
        page = mail.get_body(("html",)).get_content()
        for part in parts(mail, "image/png"):
            picture = base64.b64encode(part.get_content()).decode()
            page = page.replace(f"cid:{part['Content-ID'].strip('<>')}", f"data:image/png;base64,{picture}")
        file = tmp_path / "mail.html"
        file.write_text(FRAME.format(width=width, page=html.escape(page.replace("</body>", MEASURE))), encoding="utf-8")
        done = subprocess.run(
            [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync",
             "--disable-background-networking", "--disable-component-update", f"--user-data-dir={tmp_path / 'profile'}",
             f"--blink-settings={scheme}", "--window-size=1300,1000", "--dump-dom", file.as_uri()],
            capture_output=True, text=True, check=False, timeout=300)
        found = re.search(r'<pre id="measured">(.*?)</pre>', done.stdout, re.DOTALL)
        assert found, done.stderr[-2000:]
        return json.loads(html.unescape(found[1]))
    return show


WIDTHS = [(360, LIGHT), (360, DARK), (1200, LIGHT), (1200, DARK)]
NAMES = {"long": "W" * 200, "right to left": "مهرجان الربيع للموسيقى في الدار البيضاء",
         "zero-width": "Zo\u200de\u200b\u200c\ufeff" * 40, "combining": "Z\u0351\u036b\u0343a\u0320\u0315\u0344" * 20,
         "markup": "<b>&amp;\"'</b>"}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_tickets_fit_whatever_names_are(db, tickets, notify, inbox, browser, name):
    event = new_event(db, name=name[:200], location=name[:200])
    kind = new_ticket_type(db, event, name=name[:100])
    assert db.patch(path(event), {"status": "published"}).status_code == 200
    who = address()
    order = buy(tickets, event, kind, 2, who)
    assert tickets.post(path(event, "orders", order, "tickets", "1", "assign"),
                        {"name": name[:200], "email": who}).status_code == 200
    send(notify, event, attach=["tickets"], message="Hello {{recipient.name}}", audience={"ticket_type_id": kind["id"]})
    [mail] = mails(inbox, who)
    colours = {}
    for width, scheme in WIDTHS:
        seen = browser(mail, width, scheme)
        assert seen["wide"] <= seen["window"] == width, (width, scheme)
        assert len(seen["pictures"]) == 2
        for natural, shown, left in seen["pictures"]:
            assert natural > 100 and shown >= 150 and 0 <= left <= width - shown
        assert seen["dark"] == (scheme == DARK)
        colours[scheme] = seen["sheet"], seen["text"]
        [shown] = [one for one in seen["names"] if one[0] == event["name"].strip()][:1]
        assert shown[1] == ("rtl" if name.startswith("م") else "ltr")
    assert colours[LIGHT] != colours[DARK]


def test_links_are_buttons_that_a_thumb_finds(db, attendees, inbox, browser):
    event = new_event(db, messages={"welcome": True})
    person = created(attendees.post(path(event, "attendees"), attendee_body()))
    [mail] = mails(inbox, person["email"])
    for width, scheme in WIDTHS:
        seen = browser(mail, width, scheme)
        assert seen["wide"] <= seen["window"]
        assert [label for label, _ in seen["buttons"]] == [
            "Please confirm that you are coming", "If you cannot come, you can cancel here"]
        assert all(height >= 44 for _, height in seen["buttons"])
