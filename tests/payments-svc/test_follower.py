"""What happened is read to its end, whatever becomes of the database and of a consumer."""

import threading

import pytest
from confluent_kafka import KafkaException

from payments.bus import UnavailableError
from payments.follower import FACTS, JOIN_S, LOOK_S, Follower, StandstillError, Watch, _lag
from payments.settings import load


class Message:
    def __init__(self, order):
        self._order = order

    def error(self):
        return None

    def topic(self):
        return FACTS

    def partition(self):
        return 0

    def offset(self):
        return 0

    def headers(self):
        return [("ce_type", b"order.erased"), ("ce_id", self._order.encode())]

    def value(self):
        return b'{"order_id": "%s"}' % self._order.encode()


class Consumer:
    """Gives what it was made with; `meanwhile` comes to one who waits, as what is assigned anew does."""

    def __init__(self, messages, meanwhile=None, fails=False):
        self._messages, self._meanwhile, self._fails = messages, meanwhile, fails

    def subscribe(self, *_, **__):
        pass

    def consume(self, *_, **__):
        if self._fails:
            raise RuntimeError("this one reads no more")
        given, self._messages = self._messages, []
        return given

    def poll(self, _):
        given, self._meanwhile = self._meanwhile, None
        return given

    def assignment(self):
        return []

    def pause(self, _):
        pass

    resume = pause

    def commit(self, **_):
        pass

    def close(self):
        pass


class Store:
    """Away for the first question."""

    def __init__(self, wanted):
        self._wanted = wanted
        self._away = True
        self.erased = []
        self.all = threading.Event()

    def erase(self, order):
        if self._away:
            self._away = False
            raise UnavailableError("away")
        self.erased.append(order)
        if set(self.erased) >= self._wanted:
            self.all.set()

    def change_payments(self, _):
        pass


class Log:
    def __init__(self):
        self.events = []

    def warning(self, event, **_):
        self.events.append(event)

    error = warning


def follow(store, consumers):
    log, left = Log(), list(consumers)
    follower = Follower(load({}), store, None, None, log, connect=lambda _: left.pop(0))
    assert store.all.wait(60)
    follower.close()
    return log.events


def test_what_comes_while_the_database_is_away_is_done_too():
    store = Store({"a", "b"})
    assert "follower.waits" in follow(store, [Consumer([Message("a")], Message("b"))])


def test_another_consumer_takes_the_place_of_one_that_fails():
    store = Store({"a"})
    assert "follower.failed" in follow(store, [Consumer([], fails=True), Consumer([Message("a")])])


def test_a_consumer_that_reads_nothing_of_what_is_there_is_given_up():
    lag = 1
    watch = Watch(0, lambda: lag)
    watch.joined(True, 0)
    watch.read(0, LOOK_S + 1)  # it may just have come
    watch.read(1, LOOK_S + 2)
    watch.read(0, 2 * LOOK_S + 3)
    with pytest.raises(StandstillError):
        watch.read(0, 3 * LOOK_S + 4)


def test_a_consumer_that_has_read_everything_is_kept():
    watch = Watch(0, lambda: 0)
    watch.joined(True, 0)
    for look in range(1, 10):
        watch.read(0, look * 2 * LOOK_S)


def test_a_consumer_that_is_given_nothing_is_given_up():
    watch = Watch(0, lambda: 0)
    watch.read(0, JOIN_S)
    with pytest.raises(StandstillError):
        watch.read(0, JOIN_S + 1)
    watch.joined(True, JOIN_S)
    watch.joined(False, 2 * JOIN_S)  # a rebalance
    watch.read(0, 2 * JOIN_S + 1)


class Places:
    """A consumer of two partitions: one of which nothing was read yet, and one that was read in part."""

    def assignment(self):
        return ["new", "read"]

    def committed(self, *_, **__):
        return [Place(-1001), Place(4)]

    def position(self, _):
        return [Place(-1001), Place(7)]

    def get_watermark_offsets(self, *_, **__):
        return 2, 10


class Away(Places):
    def committed(self, *_, **__):
        raise KafkaException


class Silent(Places):
    def get_watermark_offsets(self, *_, **__):
        return None


class Place:
    def __init__(self, offset):
        self.offset = offset


def test_what_was_not_read_is_counted():
    assert _lag(Places()) == (10 - 2) + (10 - 7)


@pytest.mark.parametrize("kafka", [Away(), Silent()])
def test_while_kafka_is_away_nothing_is_missed(kafka):
    assert _lag(kafka) == 0
