"""Follows what happened: facts of orders, and what was told to payments.events.

The state of payments is made from that topic, which this service writes too: so a webhook needs no database, and
what is known follows from what was told, wherever a process dies. Offsets are committed once a message is done.
"""

import json
import threading
import time
from collections.abc import Callable
from typing import Any

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from . import SERVICE, SOURCE
from .background import Bell
from .bus import EVENTS, UnavailableError, common_conf, header_text
from .checkout import CLOSED
from .log import Log
from .problems import ProblemError
from .refunds import Refunds
from .settings import Settings
from .store import Document, PaymentChange, Store, payment_entry, payment_members
from .times import now_ms
from .tracing import working_for

FACTS = "tickets.facts"
PAUSE_S = 0.5
BATCH = 200  # messages done together
LOOK_S = 10.0  # between looks at whether a reader that reads nothing has something to read
JOIN_S = 60.0  # in which the group has to assign
ENDED = ("expired", "cancelled", "paid")  # of orders: nobody is to pay them any more


class StandstillError(Exception):
    """The consumer reads nothing though there is something to read."""


class Watch:
    """Whether a consumer does its work. `lag` counts what is there and was not read."""

    def __init__(self, now: float, lag: Callable[[], int]) -> None:
        self._lag = lag
        self._joined = False
        self._since = self._looked = now
        self._behind = False

    def joined(self, assigned: bool, now: float) -> None:
        self._joined, self._since = assigned, now

    def read(self, count: int, now: float) -> None:
        """Raises StandstillError when another consumer is to be tried."""
        if count:
            self._looked, self._behind = now, False
        elif not self._joined and now - self._since > JOIN_S:
            raise StandstillError("the group assigns nothing")
        elif self._joined and now - self._looked > LOOK_S:
            behind = self._lag() > 0
            if behind and self._behind:
                raise StandstillError("there is something to read, and nothing comes")
            self._looked, self._behind = now, behind


class Follower:
    """`connect` makes a consumer of a configuration."""

    def __init__(self, settings: Settings, store: Store, refunds: Refunds, bell: Bell, log: Log,
                 connect: Callable[[dict[str, Any]], Consumer] = Consumer) -> None:
        self._settings = settings
        self._store = store
        self._refunds = refunds
        self._bell = bell
        self._log = log
        self._connect = connect
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="follower", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                self._follow()
            except Exception as error:  # another consumer begins where the last one committed
                self._log.error("follower.failed", error=type(error).__name__, reason=str(error)[:200])
                self._ended.wait(PAUSE_S)

    def _follow(self) -> None:
        consumer = self._connect({
            **common_conf(self._settings), "group.id": SERVICE, "enable.auto.commit": False,
            "auto.offset.reset": "earliest", "session.timeout.ms": 6000, "heartbeat.interval.ms": 1000,
            "fetch.wait.max.ms": 100, "partition.assignment.strategy": "range"})
        watch = Watch(time.monotonic(), lambda: _lag(consumer))
        try:
            consumer.subscribe([FACTS, EVENTS],
                               on_assign=lambda *_: watch.joined(True, time.monotonic()),
                               on_revoke=lambda *_: watch.joined(False, time.monotonic()),
                               on_lost=lambda *_: watch.joined(False, time.monotonic()))
            while not self._ended.is_set():
                messages = [message for message in consumer.consume(BATCH, timeout=0.1) if message.error() is None]
                if messages and self._finish(consumer, messages):
                    _commit(consumer, messages)
                watch.read(len(messages), time.monotonic())
        finally:
            consumer.close()

    def _finish(self, consumer: Consumer, messages: list[Message]) -> bool:
        """Tries until it is done, each to the same effect, and adds to `messages` what comes meanwhile. False: this
        service ends first."""
        while not self._ended.is_set():
            try:
                self._take_all(messages)
                return True
            except (UnavailableError, ProblemError) as error:
                self._log.warning("follower.waits", reason=str(error))
            messages += self._wait(consumer)
        return False

    def _take_all(self, messages: list[Message]) -> None:
        changes: list[PaymentChange] = []
        for message in messages:
            with working_for(header_text(dict(message.headers() or []), "traceparent")):
                changes += self._changes_of(message)
        self._store.change_payments(changes)

    def _changes_of(self, message: Message) -> list[PaymentChange]:
        try:
            return self._take(message)
        except (UnavailableError, ProblemError):
            raise
        except Exception as error:  # a message nobody can act on must not stop the others
            self._log.error("follower.skipped", topic=message.topic(), partition=message.partition(),
                            offset=message.offset(), error=type(error).__name__)
            return []

    def _wait(self, consumer: Consumer) -> list[Message]:
        """Stays in the group meanwhile. What is assigned anew is not paused, and may come."""
        assigned = consumer.assignment()
        consumer.pause(assigned)
        message = consumer.poll(PAUSE_S)
        consumer.resume(assigned)
        return [message] if message is not None and message.error() is None else []

    def _take(self, message: Message) -> list[PaymentChange]:
        headers: dict[str, Any] = dict(message.headers() or [])
        kind, id_ = header_text(headers, "ce_type"), header_text(headers, "ce_id")
        value = message.value()
        if not kind or not id_ or not value:
            return []
        if message.topic() == FACTS:
            self.fact(kind, id_, json.loads(value))
        elif header_text(headers, "ce_source") == SOURCE:
            return self.told(kind, id_, json.loads(value), header_text(headers, "provider_payment"))
        return []

    def fact(self, kind: str, id_: str, fact: dict[str, Any]) -> None:
        """What db-svc tells of an order."""
        if kind == "order.refund_due":
            self._refunds.due(fact, id_)
        elif kind in ("order.expired", "order.cancelled", "order.confirmed") and fact.get("status") in ENDED:
            self._store.end_payments(fact["order_id"], now_ms())
            self._bell.ring()
        elif kind == "order.erased":
            self._store.erase(fact["order_id"])

    def told(self, kind: str, id_: str, body: dict[str, Any], provider_payment: str | None) -> list[PaymentChange]:
        """What this service told of a payment."""
        payment_id, now = body["payment_id"], now_ms()
        known: Document = {"provider_payment": provider_payment} if provider_payment else {}
        if kind == "payment.succeeded":
            return [payment_members(payment_id, {**known, **CLOSED, "status": "succeeded"})]
        changes = [payment_members(payment_id, known)] if known else []
        if kind == "payment.failed":
            changes.append(payment_entry(payment_id, "failures", {
                "id": id_.removeprefix("failed/"), "reason": body.get("reason"), "at": now}))
        elif kind == "payment.disputed":
            changes.append(payment_entry(payment_id, "disputes", {
                "id": body["dispute_id"], "reason": body.get("reason"), "amount": body["amount"], "at": now}))
        elif kind == "payment.refunded":
            self._ended_refund(body, "succeeded", None, now)
        elif kind == "payment.refund_failed":
            self._ended_refund(body, "failed", body.get("reason"), now)
        return changes

    def _ended_refund(self, body: dict[str, Any], status: str, failure: str | None, now: int) -> None:
        """One that others made at the provider is kept like ours."""
        known = self._store.refund(body["refund_id"])
        if known is not None:
            # What failed may be told before the success that it ended.
            if known["status"] != "failed":
                self._store.set_refund(body["refund_id"], {"status": status, "failure": failure})
            return
        payment = self._store.payment(body["payment_id"])
        self._store.add_refund({
            "_id": f"provider/{body['refund_id']}", "id": body["refund_id"], "order_id": body["order_id"],
            "event_id": body.get("event_id"), "payment_id": body["payment_id"],
            "provider": payment["provider"] if payment else None, "amount": body["amount"], "tickets": [],
            "reason": None, "by_hand": False, "status": status, "created_at": now, "next_at": now, "attempts": 0,
            "provider_refund": body["refund_id"], "failure": failure})


def _commit(consumer: Consumer, messages: list[Message]) -> None:
    ends = {(message.topic(), message.partition()): (message.offset() or 0) + 1 for message in messages}
    try:
        consumer.commit(offsets=[TopicPartition(str(topic), partition or 0, offset)
                                 for (topic, partition), offset in ends.items()], asynchronous=True)
    except KafkaException:
        return  # the partition went; who has it now does these again, to the same effect


def _lag(consumer: Consumer) -> int:
    """How many messages are there that were not read; 0 while Kafka does not say."""
    lag = 0
    try:
        places = consumer.committed(consumer.assignment(), timeout=2)
        for place, read in zip(places, consumer.position(places), strict=True):
            first, end = consumer.get_watermark_offsets(place, timeout=2) or (0, 0)
            lag += max(0, end - max(first, place.offset, read.offset))
    except KafkaException:
        return 0
    return lag
