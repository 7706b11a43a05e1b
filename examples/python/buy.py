"""Buys tickets over Kafka, with confluent-kafka and the CloudEvents SDK.

    python buy.py BROKERS EVENT_ID TICKET_TYPE_ID
"""

import json
import sys
import time
import uuid

from cloudevents.http import CloudEvent
from cloudevents.kafka import to_binary
from confluent_kafka import Consumer, Producer, TopicPartition

SOURCE = "/examples/python"
REPLIES, FACTS = "tickets.commands.reply", "tickets.facts"


class Refused(Exception):
    """A problem (RFC 9457), as the reply says it."""

    def __init__(self, problem):
        super().__init__(problem["detail"])
        self.problem = problem


class Follower:
    """Reads a topic from its present end, without a group: every reader sees every message."""

    def __init__(self, brokers, topic):
        self._consumer = Consumer({"bootstrap.servers": brokers, "group.id": str(uuid.uuid4()),
                                   "enable.auto.commit": False})
        partitions = self._consumer.list_topics(topic, timeout=10).topics[topic].partitions
        # An absolute offset: a logical end is resolved later, and could skip a reply.
        self._consumer.assign([TopicPartition(topic, number, self._end(topic, number)) for number in partitions])

    def _end(self, topic, number):
        return self._consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=10)[1]

    def find(self, wanted, seconds=30):
        """The first message that wanted(headers, value) accepts, as both."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            message = self._consumer.poll(left)
            if message is None or message.error():
                continue
            headers = dict(message.headers() or [])
            if wanted(headers, message.value()):
                return headers, json.loads(message.value() or b"null")
        raise TimeoutError("no answer: send the same command with the same id again")


class Shop:
    def __init__(self, brokers):
        # The partitioner is Java's: all who write must send an event to the same partition.
        self._producer = Producer({"bootstrap.servers": brokers, "partitioner": "murmur2_random", "acks": "all"})
        self._replies = Follower(brokers, REPLIES)

    def command(self, kind, data, id):
        """The answer; or raises Refused. The same id again gets the first answer, and nothing happens twice."""
        event = CloudEvent({"type": kind, "source": SOURCE, "id": id, "datacontenttype": "application/json"}, data)
        message = to_binary(event, key_mapper=lambda _: data["event_id"],
                            data_marshaller=lambda data: json.dumps(data).encode())
        correlation = uuid.uuid4().bytes
        headers = {**message.headers, "kafka_replyTopic": REPLIES.encode(), "kafka_correlationId": correlation}
        self._producer.produce("tickets.commands", message.value, message.key, headers=headers)
        self._producer.flush(10)
        reply, body = self._replies.find(lambda found, _: found.get("kafka_correlationId") == correlation)
        if int(reply["status"]) >= 400:
            raise Refused(body)
        return body


def main(brokers, event_id, ticket_type_id):
    facts, shop = Follower(brokers, FACTS), Shop(brokers)
    order = {"event_id": event_id, "items": [{"ticket_type_id": ticket_type_id, "quantity": 2}],
             "buyer": {"name": "Ana García", "email": "ana@example.org"}}

    key = str(uuid.uuid4())
    bought = shop.command("order.place", order, key)
    print(f"bought {bought['id']} for {bought['total']['amount']} {bought['total']['currency']}")
    again = shop.command("order.place", order, key)
    print(f"the same again: {again['id'] == bought['id']}")

    too_many = {**order, "items": [{"ticket_type_id": ticket_type_id, "quantity": 100}]}
    try:
        shop.command("order.place", too_many, str(uuid.uuid4()))
    except Refused as refused:
        print(f"refused: {refused.problem['code']}, {refused.problem['available']} are available")

    headers, fact = facts.find(lambda headers, value: headers.get("ce_type") == b"order.placed"
                               and bought["id"].encode() in value)
    print(f"fact {headers['ce_type'].decode()} {headers['ce_sequence'].decode()}: {fact['stock'][0]['sold']} sold")


if __name__ == "__main__":
    main(*sys.argv[1:])
