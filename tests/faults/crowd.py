"""Buyers who never stop: what they were told is kept, to be held against what is stored."""

import itertools
import secrets
import threading
import time
from collections import Counter, defaultdict

import requests

from support import (UNSURE, eventually, is_expired, on_sale, order_body, pages, path, patience,
                     stock_of)

CAPACITY = 1_000_000
ANSWERED_WITHIN_S = 60
BACK_WITHIN_S = 10


class Crowd:
    """Buys from several events at once, as with Crowd(db, shop) as crowd: …

    A buyer sends each order with a key of its own until it has an answer, whatever happens in
    between (and with another once it is told that the first one's time was over); now and then it sends an old
    one again, and the answer must be the first one's.
    """

    def __init__(self, db, shop, events=4, buyers=8):
        self.sales = [on_sale(db, capacity=CAPACITY) for _ in range(events)]
        self.orders = {}  # key -> (event id, the bytes of the 201)
        self.told = Counter()
        self._shop = shop
        self._last = {}  # event id -> when a purchase began that was then answered 201
        self._problems = []
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._buy, args=(index,)) for index in range(buyers)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        self.wait_for_sales()
        return self

    def __exit__(self, *exception):
        self.stop()

    def stop(self):
        """Returns once every order under way has its answer."""
        self._over.set()
        for thread in self._threads:
            thread.join()
        assert not self._problems, self._problems[:3]

    def wait_for_sales(self, within=BACK_WITHIN_S):
        """Every event has sold something that was asked for after this call."""
        now = time.monotonic()

        def sold():
            missing = [event["id"] for event, _ in self.sales if self._last.get(event["id"], 0) < now]
            assert not missing, f"no sales of {missing}; {self._problems[:1]}"
            return True
        eventually(sold, within)
        return time.monotonic() - now

    def last_sale(self, event):
        """When the last purchase of the event began that was then answered 201."""
        return self._last.get(event["id"], 0)

    def _buy(self, index):
        try:
            for count in itertools.count(index):
                if self._over.is_set():
                    return
                event, kind = self.sales[count % len(self.sales)]
                self._order(event, kind, f"{index}-{count}-{secrets.token_hex(8)}", 1 + count % 3)
                if count % 7 == 0:
                    self._repeat(index)
        except Exception as problem:  # kept for the test that stops the crowd
            self._problems.append(repr(problem))

    def _order(self, event, kind, key, quantity):
        started = time.monotonic()
        body = order_body((kind, quantity), buyer=f"{key}@example.org")
        answer = self._send(event, key, body)
        while is_expired(answer):  # certainly not done, for good: another key is another purchase
            key = f"{key.partition('+')[0]}+{secrets.token_hex(4)}"
            answer = self._send(event, key, body)
        assert answer.status_code == 201, answer.text
        self.orders[key] = (event["id"], answer.content, body)
        self._last[event["id"]] = max(started, self._last.get(event["id"], 0))

    def _repeat(self, index):
        mine = next((key for key in reversed(list(self.orders)) if key.startswith(f"{index}-")), None)
        if mine is None:
            return
        event_id, content, body = self.orders[mine]
        answer = self._send({"id": event_id}, mine, body)
        assert (answer.status_code, answer.content) == (201, content), "a key has two answers"

    def _send(self, event, key, body):
        deadline = time.monotonic() + patience(ANSWERED_WITHIN_S)
        while True:
            try:
                answer = self._shop.post(path(event, "orders"), body, idempotency_key=key)
                outcome = answer.status_code
            except requests.RequestException as problem:
                answer, outcome = None, type(problem).__name__
            self.told[outcome] += 1
            if answer is not None and (outcome not in UNSURE or is_expired(answer)):
                return answer
            assert time.monotonic() < deadline, f"{key}: no answer but {outcome}"

    def check(self, facts, shop, office):
        """Everything that was promised, once the crowd has stopped; `facts` follows tickets.facts, `office` is
        a db-svc."""
        promised = defaultdict(dict)
        for event_id, content, _ in self.orders.values():
            promised[event_id][_id(content)] = content
        stocks = self._check_facts(facts, promised)
        for event, kind in self.sales:
            # A reader that was taken away for good is missed for as long as its session lasts.
            stored = {order["id"]: order for order in
                      eventually(lambda event=event: list(pages(shop, path(event, "orders"), limit=500)),
                                 within=BACK_WITHIN_S)}
            assert stored.keys() == promised[event["id"]].keys(), "an order is missing or doubled"
            quantity = sum(len(order["tickets"]) for order in stored.values())
            eventually(lambda event=event, kind=kind, quantity=quantity:
                       stock_of(shop, event, kind)[1] == quantity)
            assert stocks[event["id"]] == quantity
            codes = [ticket["code"] for order in stored.values() for ticket in order["tickets"]]
            assert len(set(codes)) == len(codes)
            reconciled = eventually(lambda event=event: _reconciled(office, event), within=BACK_WITHIN_S)
            assert reconciled["clean"], reconciled["differences"]
            assert reconciled["orders"] == len(stored)

    def _check_facts(self, facts, promised):
        reader = FactReader({event["id"] for event, _ in self.sales})

        def complete():
            while record := facts.next(0.2):
                reader.take(record)
            missing = {order for event_id, orders in promised.items() for order in orders
                       if order not in reader.orders[event_id]}
            assert not missing, (f"{len(missing)} facts are missing, of which {len(missing & reader.dropped)} "
                                 f"were told with a sequence that is not greater: {sorted(missing)[:3]}")
            return True
        eventually(complete, within=20)
        assert not reader.problems, reader.problems[:3]
        assert {event_id: set(orders) for event_id, orders in reader.orders.items()} == \
            {event_id: set(orders) for event_id, orders in promised.items()}
        return reader.sold


def _reconciled(office, event):
    answer = office.get(path(event, "reconciliation"))
    assert answer.status_code == 200, answer.text
    return answer.json()


class FactReader:
    """Reads as the contract tells readers to: what is not greater than the last sequence is dropped."""

    def __init__(self, events):
        self._events = events
        self._last = defaultdict(int)
        self._by_id = {}
        self.dropped = set()
        self.problems = []
        self.orders = defaultdict(set)
        self.sold = Counter()

    def take(self, record):
        """Whoever waits for facts asks again: what is wrong with one is kept."""
        try:
            self._read(record)
        except AssertionError as problem:
            self.problems.append(str(problem))

    def _read(self, record):
        event_id = record.key.decode()
        if event_id not in self._events:
            return
        sequence = int(record.header("ce_sequence"))
        told = (sequence, record.type, record.value)
        known = self._by_id.setdefault(record.header("ce_id"), told)
        assert known == told, "a fact was told in two ways"
        if sequence <= self._last[event_id]:
            self.dropped.add(record.json.get("order_id"))
            return
        self._last[event_id] = sequence
        if record.type != "order.placed":
            return
        fact = record.json
        assert fact["order_id"] not in self.orders[event_id], "an order was told twice"
        self.orders[event_id].add(fact["order_id"])
        self.sold[event_id] += sum(item["quantity"] for item in fact["items"])
        assert fact["stock"][0]["sold"] == self.sold[event_id], "stock and facts tell different stories"


def _id(content):
    # An order begins with its id; parsing many thousands takes longer than the tests.
    return content.partition(b'"id":"')[2].partition(b'"')[0].decode()
