"""kill -9, SIGSTOP and SIGTERM of every part in the middle of a stream of purchases."""

import threading

import pytest

from support import at_once, eventually, lasts, on_sale, order_body, pages, path, stock_of


def test_db_svc_is_killed_ten_times(stack, crowd):
    for _ in range(10):
        stack["db-svc"].kill()
        stack["db-svc"].start()
        crowd.wait_for_sales()


def test_one_of_two_db_svc_is_killed_ten_times_and_the_other_goes_on(stack, second_writer, crowd):
    for turn in range(10):
        victim = (stack["db-svc"], second_writer)[turn % 2]
        victim.kill()
        # Half of the time the other must do alone what both did.
        if turn % 4 < 2:
            crowd.wait_for_sales()
        victim.start()
        crowd.wait_for_sales()


def test_the_broker_is_killed_twice(stack, crowd):
    for _ in range(2):
        stack["kafka"].kill()
        stack["kafka"].start()
        crowd.wait_for_sales()


def test_the_database_is_killed_ten_times(stack, crowd):
    for _ in range(10):
        stack["database"].kill()
        stack["database"].start()
        crowd.wait_for_sales()


def test_the_facade_is_killed_five_times(stack, crowd):
    for _ in range(5):
        stack["tickets-svc"].kill()
        stack["tickets-svc"].start()
        crowd.wait_for_sales()


@pytest.mark.parametrize("seconds", [0, 0, 31])
def test_a_db_svc_that_comes_back_from_a_stop_does_no_harm(stack, second_writer, crowd, seconds):
    """The other has taken over meanwhile; what the first had begun must not be written any more."""
    stack["db-svc"].pause()
    try:
        crowd.wait_for_sales()
        lasts(seconds)
    finally:
        stack["db-svc"].resume()
    crowd.wait_for_sales()


def test_parts_that_stand_still_for_a_while_are_waited_for(stack, crowd):
    for name in ("kafka", "database"):
        stack[name].pause()
        try:
            lasts(6)  # past the time that a request waits, so that some are given up
        finally:
            stack[name].resume()
        crowd.wait_for_sales()
    assert crowd.told[503] + crowd.told[504] > 0


def test_db_svc_ends_in_order_and_its_successor_goes_on(stack, crowd):
    assert stack["db-svc"].stop() == 0
    stack["db-svc"].start()
    crowd.wait_for_sales()


def test_services_end_in_order_while_the_broker_stands_still(stack, crowd):
    stack["kafka"].pause()
    try:
        for service in ("db-svc", "tickets-svc"):
            assert stack[service].stop() == 0, service
    finally:
        stack["kafka"].resume()
    for service in ("db-svc", "tickets-svc"):
        stack[service].start()
    crowd.wait_for_sales()


def test_a_facade_that_is_asked_to_end_answers_what_it_took(stack, db, tickets):
    event, kind = on_sale(db, capacity=1000)
    answers = []

    def buy(_):
        try:
            answers.append(tickets.post(path(event, "orders"), order_body((kind, 1))))
        except OSError:
            pass  # not accepted any more
    buyers = threading.Thread(target=at_once, args=(200, buy))
    buyers.start()
    eventually(lambda: answers, every=0.001)
    assert stack["tickets-svc"].stop() == 0
    buyers.join()
    stack["tickets-svc"].start()
    promised = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    assert {answer.status_code for answer in answers} <= {201, 503, 504}
    assert promised <= {order["id"] for order in pages(tickets, path(event, "orders"), limit=500)}
    eventually(lambda: stock_of(tickets, event, kind)[1] >= len(promised))


def test_every_service_ends_with_code_0_when_idle(stack):
    for service in ("db-svc", "tickets-svc", "attendees-svc", "notify-svc"):
        assert stack[service].stop() == 0, service
        stack[service].start()
