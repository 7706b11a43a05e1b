"""The provider's own mock server finds our requests right: it checks them against the provider's OpenAPI document.

It is built where a Go is that can; elsewhere these tests are skipped.
"""

import os
import shutil
import socket
import subprocess
import sys

import pytest
from stack import free_port
from stack.installed import PARTS, ROOT

from support import eventually

RELEASE = "v0.203.0"
GO = (1, 24)

CALLS = """
import sys
from payments.parts import Parts
from payments.providers import RefusedError
from payments.settings import load
from payments.times import now_ms

card = Parts(load({"STRIPE_API_KEY": "sk_test_123", "STRIPE_API_BASE": sys.argv[1]})).card
payment = {"id": "payment_1", "order_id": "order_1", "event_id": "event_1", "created_at": now_ms(), "embedded": False,
           "amount": {"amount": 2500, "currency": "EUR"}, "expires_at": now_ms() + 3_600_000,
           "success_url": "https://shop.example/ok", "cancel_url": "https://shop.example/no",
           "provider_payment": "pi_1", "session_id": "cs_test_1",
           "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}
refund = {"id": "refund_1", "amount": {"amount": 1000, "currency": "EUR"}, "tickets": ["a"]}
assert card.begin(payment).members["session_id"].startswith("cs_")
assert card.begin({**payment, "id": "payment_2", "embedded": True}).members["session_id"]
card.find(payment)
card.end(payment)
assert card.refund(payment, refund, seen=False).provider_refund.startswith("re_")
card.refund(payment, refund, seen=True)
card.ours("pi_1")
list(card.payments_of_event("event_1"))
list(card.events_since(now_ms() - 3_600_000, ["refund.created", "payment_intent.succeeded"]))
card._methods = ["cash"]
try:
    card.begin({**payment, "id": "payment_3"})
except RefusedError:
    print("refused what is wrong")
"""


def _program():
    """Built once, and kept with the other parts."""
    kept = PARTS / f"stripe-mock-{RELEASE}" / "stripe-mock"
    if kept.exists():
        return kept
    go = shutil.which("go")
    release = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, check=False).stdout if go else ""
    if not release or tuple(map(int, release.removeprefix("go").split(".")[:2])) < GO:
        return None
    done = subprocess.run([go, "install", f"github.com/stripe/stripe-mock@{RELEASE}"], env={**os.environ, "GOBIN": str(kept.parent)}, check=False,
                          capture_output=True, timeout=600)
    return kept if done.returncode == 0 else None


@pytest.fixture
def mock():
    program = _program()
    if program is None:
        pytest.skip("there is no Go to build stripe-mock with")
    port = free_port()
    running = subprocess.Popen([program, "-http-port", str(port), "-strict-version-check=false"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def listens():
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0
    eventually(listens)
    yield f"http://127.0.0.1:{port}"
    running.kill()
    running.wait()


def test_our_requests_are_right_for_the_provider(mock):
    done = subprocess.run([sys.executable, "-c", CALLS, mock], capture_output=True, text=True, check=False, env={
        **os.environ, "PYTHONPATH": f"{ROOT / 'payments-svc'}:{PARTS / 'payments'}"})
    assert done.returncode == 0, done.stderr
    assert done.stdout == "refused what is wrong\n"
