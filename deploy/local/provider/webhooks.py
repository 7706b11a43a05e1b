"""Signed webhooks: sent until they are answered 2xx, each waiting twice as long for the next try."""

import hashlib
import hmac
import json
import random
import threading
import time
import urllib.error
import urllib.request

from books import new_id, now

LONGEST_PAUSE_S = 8
SENDERS = 4


class Webhooks:
    def __init__(self, url, secret, behaviour, books):
        self._url = url
        self._secret = secret
        self._behaviour = behaviour
        self._books = books
        self._due = []  # (when, event, pause)
        self._changed = threading.Condition()
        for _ in range(SENDERS):
            threading.Thread(target=self._run, daemon=True).start()

    def happened(self, *told):
        """Pairs of a kind and the object as it is now: one event each."""
        events = [self._books.put("event", {
            "id": new_id("evt"), "object": "event", "api_version": "2026-10-28.endive", "type": kind,
            "created": now(), "livemode": False, "pending_webhooks": 1, "request": None,
            "data": {"object": thing}}) for kind, thing in told]
        how = self._behaviour.webhooks
        if how == "lost":
            return
        if how == "twice":
            events = [event for event in events for _ in range(2)]
        if how == "shuffled":
            events.reverse()
            for place, event in enumerate(events):
                self.send(event, 0.05 * place + random.random() * 0.02)
            return
        for event in events:
            self.send(event)

    def send(self, event, delay=0.0):
        with self._changed:
            self._due.append((time.monotonic() + delay, event, 0.5))
            self._changed.notify()

    def _run(self):
        while True:
            event, pause = self._next()
            if not self._post(event):
                with self._changed:
                    self._due.append((time.monotonic() + pause, event, min(LONGEST_PAUSE_S, pause * 2)))

    def _next(self):
        with self._changed:
            while True:
                soonest = min(self._due, default=None, key=lambda due: due[0])
                left = soonest[0] - time.monotonic() if soonest else None
                if left is not None and left <= 0:
                    self._due.remove(soonest)
                    return soonest[1], soonest[2]
                self._changed.wait(left)

    def _post(self, event):
        payload = json.dumps(event).encode()
        request = urllib.request.Request(self._url, payload, {
            "Content-Type": "application/json; charset=utf-8", "Stripe-Signature": self.signature(payload)})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status < 300
        except (urllib.error.URLError, OSError):
            return False

    def signature(self, payload, at=None):
        at = now() if at is None else at
        signed = hmac.new(self._secret.encode(), f"{at}.".encode() + payload, hashlib.sha256).hexdigest()
        return f"t={at},v1={signed}"
