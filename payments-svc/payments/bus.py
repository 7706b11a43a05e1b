"""Kafka: what is produced, each acknowledged; and questions to db-svc with their answers."""

import json
import secrets
import threading
import uuid
from collections.abc import Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from . import SERVICE, SOURCE, tracing
from .log import Log
from .metrics import Metrics
from .outcomes import Outcome
from .partitioner import partition_of
from .problems import ProblemError
from .settings import Settings
from .times import now_ms, to_text
from .tracing import Tracer, working_for

EVENTS = "payments.events"
REPLIES = f"{SERVICE}.replies"
REMEMBERED = 50_000  # outcomes acknowledged lately, not told again


class UnavailableError(Exception):
    """Kafka, the database, db-svc or the provider is away: nothing was done, or it is repeated."""


def common_conf(settings: Settings) -> dict[str, Any]:
    return {"bootstrap.servers": settings.kafka_brokers, "client.id": SERVICE, "log_level": 2,
            "socket.nagle.disable": True, "topic.metadata.refresh.interval.ms": 10_000,
            "reconnect.backoff.max.ms": 1000, **settings.kafka_conf}


class Sender:
    """One idempotent producer. Any thread may send."""

    def __init__(self, settings: Settings, metrics: Metrics, tracer: Tracer, log: Log) -> None:
        self._metrics = metrics
        self._tracer = tracer
        self._log = log
        self._producer = Producer({
            **common_conf(settings), "acks": "all", "enable.idempotence": True, "linger.ms": 0.5,
            "partitioner": "murmur2_random", "message.timeout.ms": settings.request_timeout_ms})
        self._patience_s = settings.request_timeout_ms / 1000 + 2
        self._told: dict[str, Future[None]] = {}
        self._lock = threading.Lock()
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="producer", daemon=True)
        self._thread.start()

    def send(self, topic: str, key: str | None, value: bytes, headers: Mapping[str, str | bytes]) -> "Future[None]":
        """Done once the brokers have it; UnavailableError in it, or raised, if they have not."""
        done: Future[None] = Future()

        def delivered(error: KafkaError | None, _: Message) -> None:
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(UnavailableError(error.str()))
        try:
            self._producer.produce(topic, value, key, headers=list(headers.items()), on_delivery=delivered)
        except (BufferError, KafkaException) as error:
            raise UnavailableError(str(error)) from None
        return done

    def tell(self, outcome: Outcome) -> None:
        """Returns once the brokers have it; one that they have is not sent again, also by others at the same time."""
        with ExitStack() as span:
            self._tell(outcome, span)

    def _tell(self, outcome: Outcome, span: ExitStack) -> None:
        with self._lock:
            known = self._told.get(outcome.id)
            is_new = known is None
            if known is None:
                span.enter_context(self._tracer.part(f"send {outcome.type}", tracing.PRODUCER, {
                    "messaging.system": "kafka", "messaging.destination.name": EVENTS,
                    "messaging.operation.type": "send"}))
                known = self._told[outcome.id] = self.send(EVENTS, outcome.event_id, outcome.value(),
                                                           _outcome_headers(outcome))
                if len(self._told) > REMEMBERED:
                    self._told.pop(next(iter(self._told)))
        try:
            known.result(timeout=self._patience_s)
        except (UnavailableError, FutureTimeoutError):
            with self._lock:
                if self._told.get(outcome.id) is known:
                    del self._told[outcome.id]
            raise UnavailableError("Kafka has not acknowledged it") from None
        if is_new:
            self._metrics.told(outcome.type)
            self._log.debug("payment.told", type=outcome.type, payment_id=outcome.body["payment_id"])

    def check(self) -> None:
        """Raises UnavailableError if no broker answers."""
        try:
            self._producer.list_topics(EVENTS, timeout=1)
        except KafkaException as error:
            raise UnavailableError(str(error)) from None

    def close(self) -> None:
        self._ended = True
        self._thread.join()
        self._producer.flush(3)

    def _run(self) -> None:
        while not self._ended:
            self._producer.poll(0.1)


def _outcome_headers(outcome: Outcome) -> dict[str, str | bytes]:
    headers = cloud_event(outcome.type, outcome.id, SOURCE)
    if outcome.provider_payment:
        headers["provider_payment"] = outcome.provider_payment
    return headers


def cloud_event(kind: str, id_: str, source: str) -> dict[str, str | bytes]:
    return {"ce_specversion": "1.0", "ce_type": kind, "ce_id": id_, "ce_source": source,
            "ce_time": to_text(now_ms()), "content-type": "application/json",
            **({"traceparent": trace} if (trace := tracing.current.get()) else {})}


def header_text(headers: Mapping[str, Any], name: str) -> str | None:
    value = headers.get(name)
    return value.decode(errors="replace") if isinstance(value, bytes) else value


@dataclass(frozen=True)
class Reply:
    status: int
    body: Any

    def problem(self) -> str:
        """The code of a refusal."""
        return str(self.body.get("code", "")) if isinstance(self.body, dict) else ""


class Asker:
    """Questions and commands to db-svc. Answers come to one partition of the reply topic, read from its end."""

    def __init__(self, settings: Settings, sender: Sender, metrics: Metrics, log: Log) -> None:
        self._settings = settings
        self._metrics = metrics
        metrics.pending.set_function(lambda: len(self._waiting))
        self._sender = sender
        self._log = log
        self._instance = secrets.token_hex(8)
        self._partition = partition_of(self._instance.encode(), settings.kafka_partitions)
        self._waiting: dict[bytes, Future[Reply]] = {}
        self._ended = False
        self.ready = False
        self._thread = threading.Thread(target=self._run, name="replies", daemon=True)
        self._thread.start()

    def start(self, topic: str, kind: str, key: str, body: dict[str, Any], id_: str | None = None,
              source: str = SOURCE) -> "Future[Reply]":
        """Sends; the future ends with the reply. ProblemError if nothing was sent for certain."""
        if not self.ready:
            raise ProblemError("unavailable")
        if len(self._waiting) >= self._settings.max_pending:
            raise ProblemError("overloaded")
        correlation = f"{self._instance}{secrets.token_hex(16)}".encode()
        answered: Future[Reply] = Future()
        self._waiting[correlation] = answered
        answered.add_done_callback(lambda _: self._waiting.pop(correlation, None))
        headers = {**cloud_event(kind, id_ or str(uuid.uuid4()), source), "kafka_correlationId": correlation,
                   "kafka_replyTopic": REPLIES, "kafka_replyPartition": str(self._partition)}
        try:
            self._sender.send(topic, key, json.dumps(body).encode(), headers)
        except UnavailableError:
            answered.cancel()
            raise ProblemError("unavailable") from None
        return answered

    def wait(self, answered: "Future[Reply]", query: bool = False) -> Reply:
        """ProblemError if no answer comes in time, or db-svc cannot give one."""
        try:
            reply = answered.result(timeout=self._settings.request_timeout_ms / 1000)
        except FutureTimeoutError:
            answered.cancel()
            self._metrics.asked(answered=False)
            raise ProblemError("unavailable" if query else "outcome_unknown") from None
        self._metrics.asked(answered=True)
        if reply.status >= 500:
            raise ProblemError("unavailable" if query or reply.status == 503 else "outcome_unknown")
        return reply

    def order(self, event_id: str, order_id: str) -> dict[str, Any] | None:
        """The order as db-svc has it; None: the event has no such order."""
        reply = self.wait(self.start("tickets.queries", "order.get", event_id,
                                     {"event_id": event_id, "order_id": order_id}), query=True)
        return reply.body if reply.status == 200 else None

    def orders(self, event_id: str) -> list[dict[str, Any]]:
        """All orders of an event."""
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            body = {"event_id": event_id, "limit": 500, **({"cursor": cursor} if cursor else {})}
            reply = self.wait(self.start("tickets.queries", "order.list", event_id, body), query=True)
            if reply.status != 200:
                raise ProblemError("not_found")
            found += reply.body["items"]
            cursor = reply.body.get("next")
            if not cursor:
                return found

    def close(self) -> None:
        self._ended = True
        self._thread.join()

    def _run(self) -> None:
        """Reads also what is not committed: a transaction that another system leaves open then hides no reply."""
        consumer = Consumer({**common_conf(self._settings), "group.id": f"{SERVICE}-{self._instance}",
                             "enable.auto.commit": False, "auto.offset.reset": "latest", "fetch.wait.max.ms": 100,
                             "isolation.level": "read_uncommitted"})
        while not self._ended and not self._assign(consumer):
            threading.Event().wait(0.1)
        self.ready = not self._ended
        while not self._ended:
            message = consumer.poll(0.2)
            if message is not None and message.error() is None:
                self._take(message)
        consumer.close()

    def _assign(self, consumer: Consumer) -> bool:
        """At an absolute offset: a logical end is resolved later and could skip replies."""
        place = TopicPartition(REPLIES, self._partition)
        try:
            ends = consumer.get_watermark_offsets(place, timeout=2)
        except KafkaException:
            return False
        if ends is None:
            return False
        consumer.assign([TopicPartition(REPLIES, self._partition, ends[1])])
        return True

    def _take(self, message: Message) -> None:
        headers: dict[str, Any] = dict(message.headers() or [])
        waiting = self._waiting.get(headers.get("kafka_correlationId", b""))
        if waiting is None:
            return
        try:
            value = message.value()
            reply = Reply(int(headers["status"]), json.loads(value) if value else None)
        except (KeyError, ValueError):
            with working_for(header_text(headers, "traceparent")):
                self._log.warning("replies.unreadable")
            return
        if not waiting.done():
            waiting.set_result(reply)
