"""Delays, cuts and black holes between the services and their parts, in the middle of purchases."""

import pytest
from crowd import Crowd

from support import Bus, Rest, eventually, lasts

PARTS = ("kafka", "database")


@pytest.fixture(scope="module")
def proxied(make_stack):
    with make_stack("kafka", "database", "mail", "services", kafka_proxied=True, database_proxied=True) as stack:
        stack.start()
        yield stack


@pytest.fixture(params=PARTS)
def proxy(request, proxied):
    if request.param not in proxied.proxies:
        pytest.skip("the database is somebody else's (MONGO_URI)")
    between = proxied.proxies[request.param]
    yield between
    between.heal()


@pytest.fixture
def crowd(proxied, proxy):
    db, tickets = Rest(proxied["db-svc"].url), Rest(proxied["tickets-svc"].url)
    bus = Bus(proxied["kafka"].brokers)
    facts = bus.follow("tickets.facts")
    with Crowd(db, tickets) as buyers:
        yield buyers
        proxy.heal()
        buyers.wait_for_sales()
    buyers.check(facts, tickets, db)
    bus.close()


def test_sales_go_on_though_all_takes_longer(proxy, crowd):
    proxy.delay(0.1)  # 200 ms there and back
    for _ in range(3):
        crowd.wait_for_sales(within=20)


def test_connections_are_cut_in_the_middle_of_what_is_sent(proxy, crowd):
    for turn in range(20):
        proxy.cut_in_mid_frame(("to_server", "to_client")[turn % 2])
        eventually(lambda turn=turn: proxy.cuts > turn)
        if turn % 5 == 4:
            crowd.wait_for_sales()


@pytest.mark.parametrize("way", ["to_server", "to_client"])
def test_nothing_arrives_one_way_for_a_while(proxy, crowd, way):
    for _ in range(2):
        proxy.black_hole(way)
        lasts(7)  # past the time that a request waits, so that some are given up
        proxy.heal()
        crowd.wait_for_sales()
    assert crowd.told[503] + crowd.told[504] > 0


def test_a_part_refuses_for_a_while(proxy, crowd):
    for _ in range(2):
        proxy.refuse()
        lasts(3)
        proxy.heal()
        crowd.wait_for_sales()
