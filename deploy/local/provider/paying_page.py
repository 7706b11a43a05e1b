"""The page that buyers pay on, made of paying_page.html."""

import html
from pathlib import Path
from string import Template

from api import DECLINED, DISPUTED, REFUND_FAILS, REFUND_PENDING, THREE_D_SECURE, THREE_DIGITS

PAGE = Template(Path(__file__).with_suffix(".html").read_text(encoding="utf-8"))
NO_DIGITS = ("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf")
PAYS = "4242424242424242"
REASONS = {"generic_decline": "the card was declined", "insufficient_funds": "the card has too little money",
           "expired_card": "the card has expired", "incorrect_cvc": "the security code is wrong",
           "authentication_required": "3-D Secure was answered with no", "already paid": "it has been paid before",
           "expired": "the time to pay is over"}
STATES = {"complete": '<p class="good">This has been paid.</p>',
          "expired": "<p>The time to pay is over. Begin again in the shop.</p>"}


def paying_page(session, why=None, card=PAYS):
    """`why` the payment that was tried with `card` did not work; None: none was tried."""
    amount = written(session["amount_total"], session["currency"])
    body = f"<h1>{amount}</h1>" + (
        _form(amount, why, card) if session["status"] == "open" else STATES[session["status"]])
    if session["cancel_url"] and session["status"] != "complete":
        body += f'<a class="back" href="{html.escape(session["cancel_url"])}">Back without paying</a>'
    return PAGE.substitute(amount=amount, body=body)


def written(amount, currency):
    """An amount of the provider's minor units as people write it."""
    digits = 0 if currency in NO_DIGITS else 3 if currency in THREE_DIGITS else 2
    whole, part = divmod(amount, 10 ** digits)
    return f"{whole:,}{f'.{part:0{digits}d}' if digits else ''} {currency.upper()}"


def _form(amount, why, card):
    told = f'<p class="bad" role="alert">Not paid: {html.escape(REASONS.get(why, why))}.</p>' if why else ""
    return f"""{told}
  <form method="post">
    <label for="card">Card number</label>
    <input id="card" name="card" value="{html.escape(card)}" inputmode="numeric" autocomplete="off" required>
    <label for="secure">When 3-D Secure asks</label>
    <select id="secure" name="secure"><option value="yes">Yes, it is me<option value="no">No</select>
    <button>Pay {amount}</button>
  </form>
  <h2>Cards to try</h2>
  <dl>{"".join(f"<dt>{_spaced(number)}<dd>{html.escape(does)}" for number, does in _cards())}</dl>"""


def _cards():
    yield PAYS, "pays"
    yield THREE_D_SECURE[0], "asks 3-D Secure"
    yield from ((number, f"does not pay: {REASONS[reason]}") for number, reason in DECLINED.items())
    yield DISPUTED, "pays, and the payment is disputed"
    yield REFUND_PENDING, "pays, and its refunds take their time"
    yield REFUND_FAILS, "pays, and its refunds fail"


def _spaced(number):
    return " ".join(number[at:at + 4] for at in range(0, len(number), 4))
