"""A system that integrates over Kafka: sends commands and queries, reads replies and facts."""

import json
import secrets
import time
import uuid
from datetime import datetime, timezone

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from .wait import eventually, patience

MODULES = {"event": "events", "picture": "events", "cancellation": "events", "ticket_type": "tickets", "order": "tickets", "ticket": "tickets",
           "availability": "tickets", "ledger": "tickets", "reconciliation": "tickets",
           "attendee": "attendees", "notification": "notifications",
           "delivery": "notifications"}
QUERIES = ("get", "list")


def topic_of(kind):
    """order.place -> tickets.commands, attendee.list -> attendees.queries"""
    record, _, verb = kind.partition(".")
    if record == "payment":
        return "payments.events"
    return f"{MODULES[record]}.{'queries' if verb in QUERIES else 'commands'}"


class Record:
    """One message as read."""

    def __init__(self, message):
        self.topic = message.topic()
        self.partition = message.partition()
        self.offset = message.offset()
        self.key = message.key()
        self.value = message.value()
        self.headers = {name: value for name, value in message.headers() or []}

    def header(self, name):
        value = self.headers.get(name)
        return None if value is None else value.decode()

    @property
    def type(self):
        return self.header("ce_type")

    @property
    def status(self):
        return int(self.header("status"))

    @property
    def json(self):
        return json.loads(self.value)

    def __repr__(self):
        return f"{self.topic}/{self.partition}/{self.offset} {self.headers} {self.value!r}"


class Follower:
    """Reads every partition of a topic, from its present end or its beginning, without a group."""

    def __init__(self, brokers, topic, from_beginning=False):
        self._consumer = Consumer({"bootstrap.servers": brokers, "group.id": f"tests-{uuid.uuid4()}",
                                   "enable.auto.commit": False, "fetch.wait.max.ms": 50, "log_level": 0,
                                   "enable.partition.eof": True})
        metadata = eventually(lambda: self._known(topic))
        self._unread = set(metadata.partitions)
        # Absolute offsets: a logical end would be resolved later and could skip messages.
        self._consumer.assign([self._start(topic, partition, from_beginning)
                               for partition in metadata.partitions])

    def _known(self, topic):
        # A broker says that a topic is created a little before it knows it itself.
        metadata = self._consumer.list_topics(topic, timeout=patience(10)).topics[topic]
        assert metadata.error is None, f"{topic}: {metadata.error}"
        return metadata

    def _start(self, topic, partition, from_beginning):
        first, end = eventually(lambda: self._ends(topic, partition))
        if first == end:
            self._unread.discard(partition)
        return TopicPartition(topic, partition, first if from_beginning else end)

    def _ends(self, topic, partition):
        # Nor who leads its partitions.
        try:
            return self._consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=patience(10))
        except KafkaException as error:
            raise AssertionError(str(error)) from error

    def _poll(self, seconds):
        """A record; None when nothing came; False for anything else, as the end of a partition."""
        message = self._consumer.poll(seconds)
        if message is None:
            return None
        if message.error() is None:
            return Record(message)
        if message.error().code() == KafkaError._PARTITION_EOF:
            self._unread.discard(message.partition())
            return False
        if message.error().code() == KafkaError._BAD_COMPRESSION:  # the library reads it again for ever
            self._consumer.seek(TopicPartition(message.topic(), message.partition(), message.offset() + 1))
            return False
        # Brokers come and go in these tests, and one that has just come knows no topics yet.
        assert message.error().code() in (KafkaError._ALL_BROKERS_DOWN, KafkaError._TRANSPORT,
                                          KafkaError._RESOLVE, KafkaError.UNKNOWN_TOPIC_OR_PART), \
            message.error()
        return False

    def next(self, quiet=None):
        """The next message, or None when none came: for `quiet` seconds, or for as long as patience lasts."""
        deadline = time.monotonic() + (patience(10) if quiet is None else quiet)
        while (left := deadline - time.monotonic()) > 0:
            record = self._poll(left)
            if record is not False:
                return record
        return None

    def find(self, wanted, within=10):
        """The first message that wanted(record) accepts; those before it are skipped."""
        deadline = time.monotonic() + patience(within)
        while (left := deadline - time.monotonic()) > 0:
            record = self.next(left)
            if record and wanted(record):
                return record
        raise AssertionError(f"no such message within {patience(within):.0f} s")

    def drain(self, quiet=1):
        """What has come, until nothing came for `quiet` seconds: to see that something did not happen."""
        found = []
        while record := self.next(quiet):
            found.append(record)
        return found

    def until_end(self):
        """What there is, until every partition was read to its end; unreadable batches are passed over."""
        while self._unread and (record := self._poll(patience(10))) is not None:
            if record:
                yield record

    def close(self):
        self._consumer.close()


class Bus:
    """One thread at a time."""

    def __init__(self, brokers):
        self.brokers = brokers
        # Java's partitioner: all writers must send an event to the same partition.
        self._producer = Producer({"bootstrap.servers": brokers, "partitioner": "murmur2_random",
                                   "acks": "all", "enable.idempotence": True,
                                   "message.max.bytes": 2_000_000, "log_level": 0})
        self._reply_topic = f"tests-{secrets.token_hex(6)}.replies"
        self._replies = None
        self._followers = []

    def create_topic(self, name, partitions=1, replicas=1):
        admin = self._admin()  # whose end would be the request's
        admin.create_topics([NewTopic(name, partitions, replicas)])[name].result(timeout=patience(10))

    def replicas(self, topic):
        """How many brokers keep each partition of a topic."""
        partitions = self._admin().list_topics(topic, timeout=patience(10)).topics[topic].partitions.values()
        [count] = {len(partition.replicas) for partition in partitions}
        return count

    def _admin(self):
        return AdminClient({"bootstrap.servers": self.brokers, "log_level": 0})

    def follow(self, topic, from_beginning=False):
        follower = Follower(self.brokers, topic, from_beginning)
        self._followers.append(follower)
        return follower

    def produce(self, topic, value, key=None, headers=None, partition=None, within=10):
        """Any bytes to any topic; returns (partition, offset) once the broker has it."""
        delivered = []
        place = {} if partition is None else {"partition": partition}
        self._producer.produce(topic, value, key, headers=headers, **place,
                               on_delivery=lambda error, message: delivered.append((error, message)))
        left = self._producer.flush(patience(within))
        assert left == 0, f"the broker did not take a message to {topic}"
        error, message = delivered[0]
        assert error is None, error
        return message.partition(), message.offset()

    def send(self, kind, body, key=None, *, id=None, source="/tests", reply_topic=None, correlation=None,
             headers=None):
        """A command or query in CloudEvents' binary mode; its key is the event id unless given. Bytes go as they are."""
        all_headers = {
            "ce_specversion": "1.0", "ce_id": id or str(uuid.uuid4()), "ce_source": source,
            "ce_type": kind, "ce_time": datetime.now(timezone.utc).isoformat().replace("+00:00", "Z"),
            "content-type": "application/json", **(headers or {})}
        if reply_topic:
            all_headers.update({"kafka_replyTopic": reply_topic, "kafka_correlationId": correlation})
        if isinstance(body, bytes):
            return self.produce(topic_of(kind), body, key, all_headers)
        return self.produce(topic_of(kind), json.dumps(body).encode(), key or body.get("event_id"),
                            all_headers)

    def ask(self, kind, body, key=None, within=10, **options):
        """Sends and returns the reply."""
        if self._replies is None:
            self.create_topic(self._reply_topic)
            self._replies = self.follow(self._reply_topic)
        correlation = secrets.token_hex(16)
        self.send(kind, body, key, reply_topic=self._reply_topic, correlation=correlation, **options)
        return self._replies.find(
            lambda reply: reply.header("kafka_correlationId") == correlation, within)

    def close(self):
        for follower in self._followers:
            follower.close()
