"""Every message that the services wrote, held to the AsyncAPI document."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from .bus import Follower

PARTS = Path(os.environ.get("PARTS_DIR", Path(__file__).resolve().parents[3] / "var/parts"))
ALL_OF_A_KIND = 2000  # of more messages of one type, which are a crowd's, each fiftieth is looked at
COMMON = ("id", "version", "created_at", "updated_at")
OUR_SOURCES = ("/db-svc", "/rest/", "/notify-svc", "/payments-svc")


def contract_module(name):
    """A package of tests/acceptance/requirements.txt; the venv's own come first."""
    if (folder := str(PARTS / "contracts")) not in sys.path:
        sys.path.append(folder)
    return __import__(name)


class Document:
    """The document with what is internal, as validators of headers and payload by channel and type."""

    def __init__(self, build):
        self._document = json.loads(subprocess.run([build / "db-svc" / "db-svc", "--print-asyncapi=all"], check=True,
                                                   capture_output=True).stdout)
        self._validators = {}

    def topics(self):
        return [channel["address"] for channel in self._document["channels"].values() if channel["address"]]

    def _message(self, topic, kind):
        channel = self._document["channels"].get(topic, {"messages": {}})
        if topic.endswith("-dlt"):
            kind = "dead_letter"
        if kind.endswith(".reply"):
            channel = self._document["channels"]["replies"]
        return self._document["components"]["messages"][kind] if kind in channel["messages"] else None

    def _validator(self, schema):
        whole = {**schema, "components": self._document["components"]}
        return contract_module("jsonschema_rs").Draft202012Validator(whole)

    def _validators_of(self, topic, kind):
        if (topic, kind) not in self._validators:
            message = self._message(topic, kind)
            found = None
            if message:
                trait = self._document["components"]["messageTraits"][message["traits"][0]["$ref"].rpartition("/")[2]]
                found = [self._validator(trait["headers"]), self._validator(message.get("headers", {})),
                         self._validator(message["payload"])]
            self._validators[topic, kind] = found
        return self._validators[topic, kind]

    def faults(self, record):
        """What is wrong with a message; None: nothing."""
        kind = record.type or ""
        validators = self._validators_of(record.topic, kind)
        if validators is None:
            return "it is no message of this topic"
        headers = {name: value.decode(errors="replace") for name, value in record.headers.items() if value is not None}
        if record.topic.endswith("-dlt"):
            instances = [headers]
        else:
            instances = [headers, headers, _payload(record)]
        empty = kind.endswith(".reply") and not record.value  # 204
        for validator, instance in zip(validators, instances[:2] if empty else instances):
            for error in validator.iter_errors(instance):
                return f"{'/'.join(map(str, error.instance_path))}: {error.message}"
        return None


def _payload(record):
    payload = json.loads(record.value) if record.value else None
    if headers_source(record).startswith("/rest/"):
        # Read-only members are ignored where something is created, so clients may send back what they were shown.
        return {name: value for name, value in payload.items() if name not in COMMON}
    return payload


def headers_source(record):
    return (record.headers.get("ce_source") or b"").decode(errors="replace")


def is_ours(record):
    """Whether one of our services wrote it, and not a test."""
    if record.topic.endswith("-dlt"):
        return "kafka_dlt-original-topic" in record.headers
    source = headers_source(record)
    # What a facade cannot check without the record goes as it came, and is answered by db-svc.
    as_it_came = source.startswith("/rest/") and record.type.endswith((".update", ".replace"))
    return source.startswith(OUR_SOURCES) and record.type != "unknown.reply" and not as_it_came


def messages_against(build, brokers):
    """What is wrong with the messages of all topics, each kind of fault once."""
    document, found, seen = Document(build), {}, Counter()
    for topic in document.topics():
        follower = Follower(brokers, topic, from_beginning=True)
        for record in follower.until_end():
            seen[topic, record.type] += 1
            if (count := seen[topic, record.type]) > ALL_OF_A_KIND and count % 50:
                continue
            if is_ours(record) and (fault := document.faults(record)):
                found.setdefault((topic, record.type, fault[:200]), record)
        follower.close()
    return [f"{topic} {kind}: {fault}: {record!r:.600}" for (topic, kind, fault), record in found.items()]
