"""One payment a hold, whatever became of the request that began it."""

import time
from concurrent.futures import Future

import pytest

from payments.bus import Reply
from payments.checkout import STALE_MS, Checkout
from payments.log import Log
from payments.problems import ProblemError
from payments.providers import AskAgainError, Begun
from payments.settings import load
from payments.times import from_text, now_ms, to_text

HOUR_MS = 3_600_000


class Orders:
    """Answers as db-svc does."""

    def __init__(self, extension=None):
        self.held_until = now_ms() + HOUR_MS
        self.asked = []
        self._extension = extension or Reply(200, {"expires_at": to_text(self.held_until)})

    def order(self, event_id, order_id):
        return {"id": order_id, "event_id": event_id, "status": "held", "expires_at": to_text(self.held_until),
                "total": {"amount": 2500, "currency": "EUR"}}

    def start(self, _topic, kind, _key, body, id_=None):
        self.asked.append((kind, body["hold_seconds"], id_))
        answered = Future()
        answered.set_result(self._extension)
        return answered

    def wait(self, answered):
        return answered.result()


class Kept:
    """The payments, as the database keeps them."""

    def __init__(self):
        self.payments = []

    def payments_of(self, order_id):
        return [dict(one) for one in self.payments if one["order_id"] == order_id]

    def begin_payment(self, payment):
        for one in self.payments:
            if one["_id"] == payment["_id"]:
                return dict(one), False
        self.payments.append(dict(payment))
        return payment, True

    def payment(self, payment_id):
        return next((dict(one) for one in self.payments if one["id"] == payment_id), None)

    def set_payment(self, payment_id, members, among=()):
        for one in self.payments:
            if one["id"] == payment_id and (not among or one["status"] in among):
                one.update(members)
                return dict(one)
        return None


class Cards:
    name = "stripe"
    refunds = True

    def __init__(self):
        self.begun = []
        self.found = None
        self.away = False

    def check(self, total):
        pass

    def window(self, now, _hold_ends):
        return now + HOUR_MS // 2, now + HOUR_MS // 2

    def begin(self, payment):
        self.begun.append(payment["id"])
        if self.away:
            raise AskAgainError("timeout")
        return Begun({"session_id": f"cs_{len(self.begun)}", "url": "https://pay", "client_secret": None,
                      "expires_at": payment["expires_at"]})

    def find(self, _payment):
        return self.found


def pay(kept, cards, orders=None, **body):
    one = Checkout(load({}), kept, orders or Orders(), {"stripe": cards}, Log("error"))
    return one.pay("event_1", "order_1", body)


def aged(kept):
    kept.payments[0]["created_at"] -= STALE_MS + 1


def test_asked_again_it_is_the_same_payment():
    kept, cards = Kept(), Cards()
    first, again = pay(kept, cards), pay(kept, cards)
    assert (first[0], again[0]) == (201, 200)
    assert first[1] == again[1] and len(cards.begun) == 1


def test_a_call_that_was_lost_is_made_again_under_the_same_id():
    kept, cards = Kept(), Cards()
    cards.away = True
    with pytest.raises(ProblemError, match="unavailable"):
        pay(kept, cards)
    cards.away = False
    pay(kept, cards)
    assert len(set(cards.begun)) == 1 and len(kept.payments) == 1


def test_what_began_long_ago_is_looked_for_at_the_provider_and_not_begun_twice():
    kept, cards = Kept(), Cards()
    cards.away = True
    with pytest.raises(ProblemError):
        pay(kept, cards)
    aged(kept)
    cards.found = Begun({"session_id": "cs_found", "url": "https://found", "client_secret": None,
                         "expires_at": now_ms() + HOUR_MS})
    assert pay(kept, cards)[1]["url"] == "https://found"
    assert len(cards.begun) == 1


def test_what_began_long_ago_and_never_reached_the_provider_is_begun_anew():
    kept, cards = Kept(), Cards()
    cards.away = True
    with pytest.raises(ProblemError):
        pay(kept, cards)
    aged(kept)
    cards.away = False
    status, body = pay(kept, cards)
    assert status == 201 and body["payment_id"] != kept.payments[0]["id"]
    assert [one["status"] for one in kept.payments] == ["abandoned", "open"]


def test_a_payment_whose_time_is_over_is_followed_by_another():
    kept, cards = Kept(), Cards()
    first = pay(kept, cards)[1]
    kept.payments[0]["expires_at"] = now_ms() - 1
    assert pay(kept, cards)[1]["payment_id"] != first["payment_id"]


def test_a_hold_that_is_too_short_is_extended_by_as_much_as_it_may_be():
    kept, cards, orders = Kept(), Cards(), Orders()
    orders.held_until = now_ms() + 60_000
    too_long = Reply(422, {"code": "validation_failed", "errors": [
        {"pointer": "#/hold_seconds", "code": "too_large", "limit": 600}]})
    answers = [too_long, Reply(200, {"expires_at": to_text(orders.held_until + 600_000)})]
    orders.wait = lambda _: answers.pop(0)
    body = pay(kept, cards, orders)[1]
    assert [seconds for _, seconds, _ in orders.asked][1] == 600
    assert from_text(body["expires_at"]) == orders.held_until + 600_000


def test_a_checkout_asks_the_provider_once_and_has_the_hold_extended_meanwhile():
    kept, cards, orders = Kept(), Cards(), Orders()
    orders.held_until = now_ms() + 60_000
    order_of_calls = []
    begin, start, wait = cards.begin, orders.start, orders.wait
    cards.begin = lambda payment: (order_of_calls.append("provider"), begin(payment))[1]
    cards.find = cards.end = cards.refund = None  # none of these is called
    orders.start = lambda *given, **more: (order_of_calls.append("extension begins"), start(*given, **more))[1]
    orders.wait = lambda answered: (order_of_calls.append("extension is waited for"), wait(answered))[1]
    assert pay(kept, cards, orders)[0] == 201
    assert order_of_calls == ["extension begins", "provider", "extension is waited for"]


def test_a_hold_that_was_extended_before_is_paid_within_its_time():
    kept, cards, orders = Kept(), Cards(), Orders(Reply(422, {"code": "limit_exceeded"}))
    orders.held_until = now_ms() + 60_000
    assert from_text(pay(kept, cards, orders)[1]["expires_at"]) == orders.held_until


def test_a_hold_that_has_ended_meanwhile_is_not_paid_and_its_page_is_ended():
    kept, cards, orders = Kept(), Cards(), Orders(Reply(409, {"code": "hold_expired"}))
    orders.held_until = now_ms() + 60_000
    with pytest.raises(ProblemError, match="hold_expired"):
        pay(kept, cards, orders)
    assert kept.payments[0]["end_at"] <= time.time() * 1000


@pytest.mark.parametrize("url", ["https://evil.example/", "https://localhost@evil.example/", "javascript:alert(1)",
                                 "//localhost/x", "https://localhost\\@evil.example/", "http://[", "/paid"])
def test_buyers_are_sent_to_hosts_of_the_list_only(url):
    with pytest.raises(ProblemError, match="validation_failed"):
        pay(Kept(), Cards(), success_url=url)
    assert pay(Kept(), Cards(), success_url="https://localhost/thanks")[0] == 201
