"""An event with one type of ticket that never sells out, and the two things done to it."""

import json
import time
import urllib.error
import urllib.request

from floors import run

CAPACITY = 1_000_000_000


class Shop:
    def __init__(self, stack, programs):
        self._programs = programs
        self._admin = stack["db-svc"].url
        self._sales = stack["tickets-svc"].url
        self.bought = 0
        event = ask("POST", f"{self._admin}/v1/events", {
            "name": "Bench", "starts_at": "2036-05-01T18:00:00Z", "time_zone": "Europe/Madrid",
            "location": "Here", "category": "concert", "currency": "EUR"})
        self.event_id = event["id"]
        self._event = f"/v1/events/{self.event_id}"
        ask("PATCH", f"{self._admin}{self._event}", {"status": "published"})
        self.type_id = ask("POST", f"{self._admin}{self._event}/ticket-types", {
            "type": "general", "name": "General", "price": {"amount": 2500, "currency": "EUR"},
            "capacity": CAPACITY})["id"]

    def purchases(self, connections, seconds):
        """Buys one ticket over and over on so many connections; the figures of bench/load.c."""
        order = {"items": [{"ticket_type_id": self.type_id, "quantity": 1}],
                 "buyer": {"name": "Ada Lovelace", "email": "ada@example.org"}}
        port = self._sales.rpartition(":")[2]
        figures = run(self._programs / "load", port, connections, seconds, "POST",
                       f"{self._event}/orders", json.dumps(order))
        self.bought += figures["ok"]
        return figures

    def sold(self):
        """As availability tells it, once that has caught up with the answers; None if it does not tell."""
        deadline = time.monotonic() + 10
        while True:
            shown = self._availability()
            if shown == self.bought or time.monotonic() > deadline:
                return shown
            time.sleep(0.05)

    def _availability(self):
        try:
            return ask("GET", f"{self._sales}{self._event}/availability")["items"][0]["sold"]
        except urllib.error.HTTPError:
            return None


def ask(method, url, body=None):
    request = urllib.request.Request(url, method=method, data=body and json.dumps(body).encode(),
                                     headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)
