"""Webhooks of the card provider, each of another payment and signed, to a service on one core.

Beside it, as a peer, the same Flask that waits for kafka-python each time, and as the floor one that only answers.
"""

import hashlib
import hmac
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

from processes import cpu_us, rss_mib
from report import figure, least, table, targets
from seeds import size
from stack import free_port
from stack.installed import PARTS

PER_SECOND = 500
CONNECTIONS = 16
SECRET = "whsec_bench"
IDS = {"order_id": "order_01jz3w4v9he8qb2m5x7k6d0c1n", "event_id": "event_01jz3w4v9he8qb2m5x7k6d0c1n"}


def measure(setup):
    count = size("BENCH_WEBHOOKS", 5000)
    with setup.stack(STRIPE_WEBHOOK_SECRET=SECRET) as stack:
        stack.start()
        service = stack["payments-svc"]
        ours = Sending(webhooks(count), service.ports["PAYMENTS_PORT"], worker_of(service.process.pid)).figures()
        theirs, floor = (beside(app, stack.settings["KAFKA_BROKERS"], count)
                         for app in ("webhooks_peer", "webhooks_floor"))
    return {"webhooks": count, "ours": ours, "peer": theirs, "floor": floor}


def show(figures):
    rows = []
    for name, label in (("ours", "payments-svc"), ("peer", "the same Flask with kafka-python"),
                        ("floor", "the same Flask that only answers")):
        one = figures[name]
        rows.append((label, [figure(one[cell]) for cell in ("per_second", "cpu_us", "per_core", "rss_mib")]
                     + [str(one["refused"])]))
    return [table(rows, head=("", ["a second", "CPU µs each", "a core", "RSS MiB", "refused"])),
            targets([least("webhooks a second on one core", figures["ours"]["per_core"], PER_SECOND)])]


def webhooks(count):
    """(body, signature) pairs."""
    now = int(time.time())
    for n in range(count):
        intent = {"id": f"pi_{n}", "object": "payment_intent", "amount": 2500, "amount_received": 2500,
                  "currency": "eur", "metadata": {**IDS, "payment_id": f"payment_{now}_{n}"}, "description": "x" * 1500}
        body = json.dumps({"id": f"evt_{n}", "object": "event", "type": "payment_intent.succeeded", "created": now,
                           "livemode": False, "data": {"object": intent}}).encode()
        signed = hmac.new(SECRET.encode(), f"{now}.".encode() + body, hashlib.sha256).hexdigest()
        yield body, f"t={now},v1={signed}"


def worker_of(pid):
    """The process of gunicorn's that serves, bound to the first core."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    worker = int(children[0])
    core = min(os.sched_getaffinity(0))
    for thread in os.listdir(f"/proc/{worker}/task"):
        os.sched_setaffinity(int(thread), {core})
    return worker


class Sending:
    """All of them, over so many connections that are kept."""

    def __init__(self, each, port, worker):
        self._each = iter(list(each))
        self._port = port
        self._worker = worker
        self._lock = threading.Lock()
        self._taken, self._refused = 0, 0

    def figures(self):
        used, began = cpu_us(self._worker), time.monotonic()
        threads = [threading.Thread(target=self._send) for _ in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds, each = time.monotonic() - began, (cpu_us(self._worker) - used) / max(self._taken, 1)
        return {"per_second": self._taken / seconds, "cpu_us": each, "per_core": 1e6 / max(each, 1),
                "rss_mib": rss_mib(self._worker), "refused": self._refused}

    def _send(self):
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        while (one := self._next()) is not None:
            connection.request("POST", "/v1/webhooks/stripe", one[0], {
                "Content-Type": "application/json", "Stripe-Signature": one[1]})
            answer = connection.getresponse()
            answer.read()
            with self._lock:
                self._taken += answer.status == 200
                self._refused += answer.status != 200

    def _next(self):
        with self._lock:
            return next(self._each, None)


def beside(app, brokers, count):
    with serving(app, brokers) as (pid, port):
        return Sending(webhooks(count), port, worker_of(pid)).figures()


@contextmanager
def serving(app, brokers):
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--threads", "32",
         "--keep-alive", "75", "--no-control-socket", f"{app}:app"], stderr=subprocess.DEVNULL,
        cwd=Path(__file__).parent, env={
            **os.environ, "PYTHONPATH": f"{PARTS / 'payments'}:{PARTS / 'payments-tools'}", "KAFKA_BROKERS": brokers,
            "STRIPE_WEBHOOK_SECRET": SECRET})
    try:
        wait_for(port)
        yield process.pid, port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def wait_for(port):
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/livez")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.1)
