"""Orders that are paid: holds, checkouts, and what a test of payments begins and ends with."""

import secrets
from contextlib import contextmanager

import pytest

from .scene import created, order_body, path
from .wait import eventually


def hold(tickets, event, kind, quantity=1, **changes):
    return created(tickets.post(path(event, "orders"), order_body(
        (kind, quantity), **{"hold_seconds": 600, "buyer": f"{secrets.token_hex(6)}@example.org", **changes})))


def checkout(payments, event, order, **body):
    answer = payments.post(path(event, "orders", order, "checkout"), body or None)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def order_of(tickets, event, order):
    return tickets.get(path(event, "orders", order)).json()


def eventually_is(tickets, event, order, status, within=10):
    def there():
        shown = order_of(tickets, event, order)
        return shown["status"] == status and shown
    return eventually(there, within)


def statuses(order):
    return [one["status"] for one in order.get("payments", [])]


def paid_order(tickets, payments, provider, event, kind, quantity=1, **card):
    """An order that a card has paid."""
    held = hold(tickets, event, kind, quantity)
    assert provider.pay(checkout(payments, event, held), **card) is None
    return eventually_is(tickets, event, held, "paid")


@pytest.fixture(autouse=True)
def healed(provider):
    yield
    provider.heal()


@contextmanager
def restarted_with(service, **variables):
    service.variables.update(variables)
    service.restart()
    try:
        yield
    finally:
        for name in variables:
            del service.variables[name]
        service.restart()
