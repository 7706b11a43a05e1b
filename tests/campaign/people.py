"""What people do besides buying: hold, pay, give back, check in, register, be written to.

Each asks until it has an answer, under one key, and keeps what it was told.
"""

import random
import secrets
import threading
import time
from collections import Counter

from support import (attendee_body, eventually, insist, new_event, new_ticket_type, notification_body,
                     order_body, pages, path)

ANSWERED_WITHIN_S = 60
BACK_WITHIN_S = 30
HOLDERS = 3
READERS = 20  # of a mailing


class People:
    """As with People(...) as people: …; people.check(...) once they have gone."""

    def __init__(self, seed, db, tickets, attendees, notify):
        self._office = db
        self._tickets, self._attendees, self._notify = tickets, attendees, notify
        self.event = new_event(db)
        self.kinds = [new_ticket_type(db, self.event, capacity=40) for _ in range(2)]
        self.told = Counter()
        self.registered = {}  # id -> e-mail address
        self.mailed = []      # (subject, addresses)
        self._over = threading.Event()
        self._problems = []
        self._threads = [threading.Thread(target=self._run, args=(act, random.Random(f"{seed}/{index}")))
                         for index, act in enumerate([self._visit] * HOLDERS + [self._register, self._write])]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exception):
        self.stop()

    def stop(self):
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _run(self, act, chance):
        try:
            while not self._over.is_set():
                act(chance)
                time.sleep(chance.random() * 0.3)
        except Exception as problem:  # seen by check()
            self._problems.append(repr(problem))

    def _ask(self, door, address, body=None):
        answer = insist(door, address, body, ANSWERED_WITHIN_S)
        self.told[answer.status_code] += 1
        assert answer.status_code < 500, f"{address}: {answer.status_code} {answer.text}"
        return answer

    def _visit(self, chance):
        """A hold and what may come of it. What is refused by the rules of the box office is right too."""
        body = order_body((chance.choice(self.kinds), chance.randint(1, 3)),
                          buyer=f"{secrets.token_hex(8)}@example.org",
                          **({"hold_seconds": chance.randint(1, 5)} if chance.random() < 0.8 else {}))
        answer = self._ask(self._tickets, path(self.event, "orders"), body)
        if answer.status_code != 201:
            return
        order = answer.json()
        for verb in chance.sample(["extend", "confirm", "confirm", "cancel", "refund", "check_in"], 3):
            if verb != "check_in":
                self._ask(self._tickets, path(self.event, "orders", order, verb))
                continue
            for ticket in order.get("tickets") or []:
                self._ask(self._tickets, path(self.event, "check-ins"), {"code": ticket["code"]})

    def _register(self, chance):
        body = attendee_body()
        answer = self._ask(self._attendees, path(self.event, "attendees"), body)
        assert answer.status_code == 201, answer.text
        attendee = answer.json()
        self.registered[attendee["id"]] = body["email"]
        if chance.random() < 0.5:
            self._ask(self._attendees, path(self.event, "attendees", attendee, "confirm"))

    def _write(self, chance):
        event = new_event(self._office)
        addresses = []
        for _ in range(READERS):
            body = attendee_body()
            answer = self._ask(self._attendees, path(event, "attendees"), body)
            assert answer.status_code == 201, answer.text
            addresses.append(body["email"])
        subject = f"Campaign {secrets.token_hex(8)}"
        answer = self._ask(self._notify, path(event, "notifications"), notification_body(subject=subject))
        assert answer.status_code in (201, 202), answer.text
        self.mailed.append((subject, addresses))
        self._over.wait(chance.randint(2, 10))

    def check(self, inbox):
        """Every violation raises."""
        assert not self._problems, self._problems[:3]
        check_books(self._office, self.event)
        stored = {attendee["id"]: attendee["email"] for attendee in
                  eventually(lambda: list(pages(self._attendees, path(self.event, "attendees"), limit=500)),
                             within=BACK_WITHIN_S)}
        assert stored == self.registered, "a registration is missing or doubled"
        eventually(lambda: check_mail(inbox.messages(), self.mailed), within=BACK_WITHIN_S)


def check_books(office, event):
    def reconciled():
        answer = office.get(path(event, "reconciliation"))
        assert answer.status_code == 200, answer.text
        return answer.json()
    books = eventually(reconciled, within=BACK_WITHIN_S)
    assert books["clean"], books["differences"]


def check_mail(messages, mailed):
    """Each reader has each mail; what came twice is one message, by its Message-ID."""
    subjects = {subject for subject, _ in mailed}
    came = {}
    for message in messages:
        if message["subject"] in subjects:
            for address in message["recipients_envelope"]:
                came.setdefault((message["subject"], address), set()).add(message_id(message))
    for subject, addresses in mailed:
        for address in addresses:
            ids = came.get((subject, address), set())
            assert ids, f"{address} has not got {subject}"
            assert len(ids) == 1, f"{address} got {subject} as {len(ids)} messages"
    return True


def message_id(message):
    return next(line.partition(":")[2].strip() for line in message["source"].splitlines()
                if line.lower().startswith("message-id:"))
