"""From a hold to a payment, tickets and money back: payments-svc between buyers, the card provider and db-svc."""

import secrets

import pytest

from support import created, eventually, on_sale, order_body, path, problem_of, stock_of


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


@pytest.fixture
def sale(db):
    return on_sale(db)


@pytest.fixture(autouse=True)
def healed(provider):
    yield
    provider.heal()


# Paying

def test_a_hold_is_paid_and_gets_its_tickets(sale, tickets, payments, provider):
    event, kind = sale
    held = hold(tickets, event, kind, 2)
    address = path(event, "orders", held, "checkout")
    answer = payments.post(address, idempotency_key=f"pay-{held['id']}")
    paying = created(answer)
    assert (paying["provider"], paying["amount"]) == ("stripe", held["total"])
    assert answer.headers["Location"] == path(event, "orders", held, "payments")
    again = payments.post(address)
    assert (again.status_code, again.json()["payment_id"], again.json()["url"]) == (
        200, paying["payment_id"], paying["url"])
    repeated = payments.post(address, idempotency_key=f"pay-{held['id']}")
    assert (repeated.status_code, repeated.content) == (201, answer.content)
    assert provider.pay(paying) is None
    paid = eventually_is(tickets, event, held, "paid")
    assert len(paid["tickets"]) == 2
    assert [one["payment_id"] for one in paid["payments"]] == [paying["payment_id"]]
    problem_of(payments.post(address), 409, "already_paid")
    eventually(lambda: payments.get(path(event, "orders", held, "payments")).json()["items"][0]["status"] == "succeeded")
    assert stock_of(tickets, event, kind) == (100, 2, 0, 98)
