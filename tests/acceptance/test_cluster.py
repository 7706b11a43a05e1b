"""Three brokers: each can be lost, one at a time, and nothing that was acknowledged goes with it."""

import pytest

from support import Bus, Rest, created, eventually, on_sale, order_body, path, stock_of

BROKERS = ("kafka", "kafka-2", "kafka-3")


@pytest.fixture(scope="module")
def cluster(make_stack):
    with make_stack("kafka", brokers=3) as stack:
        stack.start()
        yield stack


@pytest.fixture
def bus(cluster):
    client = Bus(cluster["kafka"].brokers)
    yield client
    client.close()


def test_every_broker_is_named_to_the_services(cluster):
    addresses = [f"127.0.0.1:{cluster[name].ports['KAFKA_PORT']}" for name in BROKERS]
    assert cluster.settings["KAFKA_BROKERS"] == ",".join(addresses)
    assert cluster.settings["KAFKA_REPLICATION_FACTOR"] == "3"


@pytest.mark.parametrize("victim", BROKERS)
def test_a_topic_outlives_the_loss_of_any_broker(cluster, bus, victim):
    topic = f"kept-without-{victim}"
    bus.create_topic(topic, partitions=3, replicas=3)
    for partition in range(3):
        bus.produce(topic, b"before", partition=partition)
    cluster[victim].kill()
    try:
        for partition in range(3):
            bus.produce(topic, b"without it", partition=partition)
        read = bus.follow(topic, from_beginning=True)
        found = sorted(read.next().value for _ in range(6))
        assert found == [b"before"] * 3 + [b"without it"] * 3
    finally:
        cluster[victim].start()


def test_one_broker_alone_acknowledges_nothing(cluster, bus):
    bus.create_topic("two-are-needed", replicas=3)
    bus.produce("two-are-needed", b"three")
    for victim in BROKERS[1:]:
        cluster[victim].kill()
    with pytest.raises(AssertionError):
        bus.produce("two-are-needed", b"alone", within=0.5)
    for victim in BROKERS[1:]:
        cluster[victim].start()
    eventually(lambda: bus.produce("two-are-needed", b"again"))


def test_the_services_sell_on_a_cluster(make_stack):
    with make_stack(brokers=3) as stack:
        stack.start()
        db, tickets = Rest(stack["db-svc"].url), Rest(stack["tickets-svc"].url)
        # Three brokers on one machine may be slower than a request is patient.
        event, kind = eventually(lambda: on_sale(db))
        eventually(lambda: created(tickets.post(path(event, "orders"), order_body((kind, 2)))))
        eventually(lambda: stock_of(tickets, event, kind)[1] >= 2)
        bus = Bus(stack["kafka"].brokers)
        assert bus.replicas("tickets.commands") == bus.replicas("__consumer_offsets") == 3
        bus.close()
