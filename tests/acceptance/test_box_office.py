"""A crowd at the box office: whatever it does at once, the books are right afterwards."""

import os
import random
import threading
import time
import uuid
from datetime import datetime, timezone

from support import (created, eventually, insist, new_event, new_ticket_type, on_sale, order_body, pages, path,
                     stock_of)

CLIENTS = 200
SECONDS = int(os.environ.get("CROWD_SECONDS", "15"))
TICKETS = 50  # in the room; each of its two types may take up to
OF_A_TYPE = 40


class Crowd:
    """What its clients were answered, by order."""

    def __init__(self, tickets, bus, event, kinds):
        self._tickets, self._bus, self._event, self._kinds = tickets, bus, event, kinds
        self._lock = threading.Lock()  # of the bus and of the answers
        self._end = time.monotonic() + SECONDS
        self.answers = {}
        self.refused = set()
        self.broken = []

    def run(self):
        clients = [threading.Thread(target=self._client, args=(seed,)) for seed in range(CLIENTS)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()

    def _client(self, seed):
        chance = random.Random(seed)
        try:
            while time.monotonic() < self._end:
                self._visit(chance)
        except Exception as error:  # seen by the test
            self.broken.append(repr(error))

    def _visit(self, chance):
        hold = {"hold_seconds": chance.randint(1, 3)} if chance.random() < 0.8 else {}
        lines = [(kind, chance.randint(1, 3)) for kind in chance.sample(self._kinds, chance.randint(1, 2))]
        order = self._ask(path(self._event, "orders"), order_body(
            *lines, buyer=f"b{chance.random()}@example.org", **hold))
        for _ in range(chance.randint(0, 3) if order else 0):
            time.sleep(chance.random() * 0.5)
            self._act(chance, order)
        time.sleep(chance.random() * 0.2)

    def _act(self, chance, order):
        verb = chance.choice(["extend", "confirm", "cancel", "refund", "pay", "fail", "part"])
        if verb in ("pay", "fail"):
            self._pay(order, "payment.succeeded" if verb == "pay" else "payment.failed")
        elif verb != "part":
            self._ask(path(self._event, "orders", order, verb))
        elif order.get("tickets"):
            self._ask(path(self._event, "orders", order, "refund"), {"tickets": [order["tickets"][0]["code"]]})

    def _ask(self, address, body=None):
        return self._note(insist(self._tickets, address, body))

    def _pay(self, order, kind):
        with self._lock:
            self._bus.send(kind, {"payment_id": str(uuid.uuid4()), "order_id": order["id"],
                                  "amount": order["total"]})

    def _note(self, answer):
        if answer.status_code >= 400:
            assert answer.status_code in (409, 422), answer.text
            with self._lock:
                self.refused.add(answer.json()["code"])
            return None
        with self._lock:
            self.answers.setdefault(answer.json()["id"], []).append(answer.json())
        return answer.json()


def live(order, kind=None):
    return sum(ticket["status"] != "void" and kind in (None, ticket["ticket_type_id"])
               for ticket in order.get("tickets") or [])


def assert_answers_agree(answers, order):
    """What an order has become can have come of everything that was answered about it."""
    last = max(answers, key=lambda answer: answer["version"])
    assert order["version"] >= last["version"]
    if order["version"] == last["version"]:
        assert order == last
    for answer in answers:
        assert (answer["items"], answer["total"]) == (order["items"], order["total"])
    ended = {answer["status"] for answer in answers} & {"cancelled", "refunded"}
    # Money that came after the end is due, and then refunded.
    assert ended <= {order["status"]} or (ended == {"cancelled"} or "refunded" in ended) and \
        order["status"] == "refunded", (order, answers)
    paid, refunded, due = (order[name]["amount"] for name in ("paid", "refunded", "refund_due"))
    assert min(refunded, due) >= 0 and refunded + due <= paid
    for answer in answers:
        assert answer["paid"]["amount"] <= paid and answer["refunded"]["amount"] <= refunded
    codes = [ticket["code"] for ticket in order.get("tickets") or []]
    for answer in answers:
        assert not answer.get("tickets") or [ticket["code"] for ticket in answer["tickets"]] == codes
        void = {ticket["code"] for ticket in answer.get("tickets") or [] if ticket["status"] == "void"}
        assert void <= {ticket["code"] for ticket in order.get("tickets") or [] if ticket["status"] == "void"}


def assert_books_agree(db, tickets, event, kinds, answered):
    """Orders, stock, reconciliation and what was answered tell one story."""
    orders = {order["id"]: order for order in pages(tickets, path(event, "orders"), limit=500)}
    assert set(orders) == set(answered)
    for order_id, answers in answered.items():
        assert_answers_agree(answers, orders[order_id])
    assert sum(live(order) for order in orders.values() if order["status"] != "paid") == 0
    sold = {kind["id"]: sum(live(order, kind["id"]) for order in orders.values()) for kind in kinds}
    assert {kind["id"]: stock_of(tickets, event, kind)[1] for kind in kinds} == sold
    reconciled = db.get(path(event, "reconciliation")).json()
    assert reconciled["clean"], reconciled["differences"]
    assert reconciled["orders"] == len(orders)
    assert {item["ticket_type_id"]: item["sold"]["counter"] for item in reconciled["items"]} == sold
    assert reconciled["pools"][0]["sold"]["counter"] == sum(sold.values()) <= TICKETS
    return True


def test_after_a_crowd_every_answer_agrees_with_the_books(db, tickets, bus):
    event = new_event(db, pools=[{"name": "floor", "capacity": TICKETS}])
    kinds = [new_ticket_type(db, event, type=kind, capacity=OF_A_TYPE, pool="floor") for kind in ("general", "vip")]
    crowd = Crowd(tickets, bus, event, kinds)
    crowd.run()
    assert not crowd.broken
    assert crowd.refused <= {"sold_out", "held_by_others", "hold_expired", "illegal_transition",
                             "limit_exceeded"}
    eventually(lambda: all(stock_of(tickets, event, kind)[2] == 0 for kind in kinds), within=20)
    # The last payments may still be on their way.
    eventually(lambda: assert_books_agree(db, tickets, event, kinds, crowd.answers), within=20)


def test_a_hold_that_lapsed_while_db_svc_was_dead_is_released_once(db, tickets, bus, stack):
    event, kind = on_sale(db, capacity=2)
    facts = bus.follow("tickets.facts")
    held = created(tickets.post(path(event, "orders"), order_body((kind, 2), hold_seconds=1)))
    stack["db-svc"].kill()
    eventually(lambda: datetime.now(timezone.utc) > datetime.fromisoformat(held["expires_at"]))
    stack["db-svc"].restart()
    eventually(lambda: tickets.get(path(event, "orders", held)).json().get("status") == "expired", within=20)
    eventually(lambda: stock_of(tickets, event, kind) == (2, 0, 0, 2))

    def is_expiry(fact):
        return fact.type == "order.expired" and fact.json["order_id"] == held["id"]
    told = facts.find(is_expiry)
    # It may be told twice, but did not happen twice.
    assert {fact.header("ce_id") for fact in facts.drain() if is_expiry(fact)} <= {told.header("ce_id")}
