"""What becomes of orders: extended, paid over Kafka, cancelled and refunded, with their event too."""

import threading
import time
import uuid
from collections import Counter

from support import (at_once, created, eventually, faults, new_ticket_type, on_sale, order_body, pages, path,
                     problem_of, stock_of)


def buy(tickets, event, *items, **changes):
    return tickets.post(path(event, "orders"), order_body(*items, **changes))


def order_of(tickets, event, order):
    return tickets.get(path(event, "orders", order)).json()


# Holds

def test_a_hold_is_extended_once_and_lapses_at_its_new_end(db, tickets):
    event, kind = on_sale(db)
    held = created(buy(tickets, event, (kind, 2), hold_seconds=1))
    answer = tickets.post(path(event, "orders", held, "extend"), {"hold_seconds": 2})
    assert answer.status_code == 200, answer.text
    assert answer.json()["extended"] is True and answer.json()["expires_at"] > held["expires_at"]
    problem = problem_of(tickets.post(path(event, "orders", held, "extend")), 422, "limit_exceeded")
    assert problem["limit_name"] == "extensions"
    time.sleep(1.5)
    assert order_of(tickets, event, held)["status"] == "held"
    assert stock_of(tickets, event, kind) == (100, 0, 2, 98)
    eventually(lambda: order_of(tickets, event, held)["status"] == "expired")
    assert stock_of(tickets, event, kind) == (100, 0, 0, 100)
    problem_of(tickets.post(path(event, "orders", held, "extend")), 409, "hold_expired")


def test_an_extension_needs_no_body_and_has_a_bound(db, tickets):
    event, kind = on_sale(db)
    held = created(buy(tickets, event, (kind, 1), hold_seconds=600))
    answer = tickets.post(path(event, "orders", held, "extend"), {"hold_seconds": 3601})
    assert faults(problem_of(answer, 422, "validation_failed")) == {"#/hold_seconds": "too_large"}
    assert tickets.post(path(event, "orders", held, "extend")).json()["expires_at"] > held["expires_at"]


def test_an_extension_racing_its_expiry_strands_no_stock(db, tickets):
    event, kind = on_sale(db, capacity=16)
    holds = [created(buy(tickets, event, (kind, 1), hold_seconds=1)) for _ in range(16)]
    time.sleep(0.8)

    def extend(index):
        time.sleep(index * 0.03)
        return tickets.post(path(event, "orders", holds[index], "extend"), {"hold_seconds": 1}).status_code

    assert set(at_once(16, extend)) <= {200, 409}
    eventually(lambda: {order["status"] for order in pages(tickets, path(event, "orders"))} == {"expired"})
    assert stock_of(tickets, event, kind) == (16, 0, 0, 16)


def test_a_refusal_tells_what_others_hold_from_what_is_sold_out(db, tickets):
    event, kind = on_sale(db, capacity=4)
    created(buy(tickets, event, (kind, 1)))
    created(buy(tickets, event, (kind, 2), hold_seconds=600))
    soon = created(buy(tickets, event, (kind, 1), hold_seconds=300))
    problem = problem_of(buy(tickets, event, (kind, 2)), 409, "held_by_others")
    assert (problem["available"], problem["next_expiry"]) == (0, soon["expires_at"])
    problem_of(buy(tickets, event, (kind, 4)), 409, "sold_out")
    tickets.post(path(event, "orders", soon, "confirm"))
    problem = problem_of(buy(tickets, event, (kind, 2)), 409, "held_by_others")
    assert problem["next_expiry"] > soon["expires_at"]
