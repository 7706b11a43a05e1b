"""Many more buyers than tickets, while db-svc is killed over and over: as many are sold as there are.

Takes minutes, so it is run by `make million` only (ATTEMPTS=1000000).
"""

import json
import os
import subprocess
import threading

import pytest

from support import eventually, insist, lasts, on_sale, order_body, pages, path, stock_of

ATTEMPTS = int(os.environ.get("ATTEMPTS", "0"))
TICKETS = 1000
CONNECTIONS = 256
ROUND_S = 20
KILL_EVERY_S = 5


class _Killer:
    """Kills a service every few seconds, as long as it is entered."""

    def __init__(self, service):
        self._service = service
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._kill)
        self.kills = 0

    def _kill(self):
        while not self._over.is_set():
            self._service.kill()
            self._service.start()
            self.kills += 1
            lasts(KILL_EVERY_S)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exception):
        self._over.set()
        self._thread.join()


def _attempts(built, stack, event, kind):
    """Statuses and how many of each, of one round."""
    port = stack["tickets-svc"].url.rpartition(":")[2]
    done = subprocess.run([built.resolve() / "bench" / "load", port, str(CONNECTIONS), str(ROUND_S), "POST",
                           path(event, "orders"), json.dumps(order_body((kind, 1)))],
                          capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["statuses"]


@pytest.mark.skipif(ATTEMPTS == 0, reason="takes minutes: make million")
def test_no_ticket_is_sold_twice_and_none_is_left(built, stack, db, tickets, capsys):
    event, kind = on_sale(db, capacity=TICKETS)
    told = {}
    with _Killer(stack["db-svc"]) as killer:
        while sum(told.values()) < ATTEMPTS:
            for status, count in _attempts(built, stack, event, kind).items():
                told[status] = told.get(status, 0) + count
    # Some answers were lost: what is left, if anything, is still to be had.
    while insist(tickets, path(event, "orders"), order_body((kind, 1))).status_code == 201:
        pass
    eventually(lambda: stock_of(tickets, event, kind) == (TICKETS, TICKETS, 0, 0))
    assert sum(len(order["tickets"]) for order in pages(tickets, path(event, "orders"), limit=500)) == TICKETS
    assert db.get(path(event, "reconciliation")).json()["clean"]
    assert told.get("201", 0) <= TICKETS
    assert set(told) <= {"201", "409", "503", "504"}, told
    with capsys.disabled():
        print(f"\n{sum(told.values())} attempts, {killer.kills} kills of db-svc, {TICKETS} sold; answers: {told}")
