"""Events with types of ticket, and what is done to them."""

import json
import time
import urllib.error
import urllib.request

from floors import run

CAPACITY = 1_000_000_000
PATIENCE_S = 10


class Buyer:
    """Buys one ticket of the types of an event, each in turn."""

    def __init__(self, programs, port, event_id, types):
        self._programs = programs
        self.path = f"/v1/events/{event_id}/orders"
        self._types = types
        self.port = port

    def purchases(self, connections, seconds, types=1):
        """Over and over, on so many connections, of as many types; the figures of bench/load.c."""
        return run(self._programs / "load", self.port, connections, seconds, "POST", self.path, *self.orders(types))

    def orders(self, types=1):
        return [json.dumps({"items": [{"ticket_type_id": kind, "quantity": 1}],
                            "buyer": {"name": "Ada Lovelace", "email": "ada@example.org"}})
                for kind in self._types[:types]]


class Shop:
    def __init__(self, stack, programs, types=1, capacity=CAPACITY):
        self._admin = stack["db-svc"].url
        self._sales = stack["tickets-svc"].url
        self.bought = 0
        event = ask("POST", f"{self._admin}/v1/events", {
            "name": "Bench", "starts_at": "2036-05-01T18:00:00Z", "time_zone": "Europe/Madrid",
            "location": "Here", "category": "concert", "currency": "EUR"})
        self.event_id = event["id"]
        self.path = f"/v1/events/{self.event_id}"
        ask("PATCH", f"{self._admin}{self.path}", {"status": "published"})
        types = [self._add_type(n, capacity) for n in range(types)]
        self.type_id = types[0]
        self.port = int(self._sales.rpartition(":")[2])
        self.buyer = Buyer(programs, self.port, self.event_id, types)

    def _add_type(self, n, capacity):
        return ask("POST", f"{self._admin}{self.path}/ticket-types", {
            "type": "general", "name": f"General {n + 1}", "price": {"amount": 2500, "currency": "EUR"},
            "capacity": capacity})["id"]

    def purchases(self, connections, seconds, types=1):
        """As Buyer's; what was bought is counted."""
        figures = self.buyer.purchases(connections, seconds, types)
        self.bought += figures["ok"]
        return figures

    def sold(self):
        """As availability tells it, once that has caught up with the answers; None if it does not tell."""
        return once_it_is(self.bought, self.shown)

    def shown(self):
        """What availability tells now."""
        try:
            items = ask("GET", f"{self._sales}{self.path}/availability")["items"]
            return sum(item["sold"] for item in items)
        except urllib.error.HTTPError:
            return None


def once_it_is(wanted, look, patience_s=None):
    """What look() returns, once that is so or nobody waits any longer."""
    deadline = time.monotonic() + (PATIENCE_S if patience_s is None else patience_s)
    while True:
        shown = look()
        if shown == wanted or time.monotonic() > deadline:
            return shown
        time.sleep(0.05)


def ask(method, url, body=None):
    request = urllib.request.Request(url, method=method, data=body and json.dumps(body).encode(),
                                     headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)
