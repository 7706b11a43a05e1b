"""Clocks that step, of db-svc's machine or a broker's: no sale is refused for it."""

import pytest

from support import Clock, Rest, created, eventually, on_sale, order_body, path, stock_of


@pytest.fixture
def clock(built, tmp_path):
    return Clock(built / "tests" / "faults" / "step_clock.so", tmp_path / "clock")


@pytest.mark.parametrize("whose, seconds", [("db-svc", 10), ("db-svc", -3600), ("kafka", 3600), ("kafka", -6)])
def test_a_step_of_a_clock_refuses_no_sale(make_stack, clock, whose, seconds):
    with make_stack("kafka", "database", "services") as stack:
        stack[whose].extra_environment = clock.environment
        stack.start()
        db, tickets = Rest(stack["db-svc"].url), Rest(stack["tickets-svc"].url)
        event, kind = on_sale(db, capacity=1000)

        def sell(count):
            for _ in range(count):
                created(tickets.post(path(event, "orders"), order_body((kind, 1))))
        sell(5)
        clock.step(seconds)
        created(tickets.post(path(event, "orders"), order_body((kind, 1))))
        before = stock_of(tickets, event, kind)[1]
        sell(20)
        eventually(lambda: stock_of(tickets, event, kind)[1] == before + 20)
