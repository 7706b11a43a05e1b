"""What the parts wrote down meanwhile, and what of it a record takes."""

import struct
from pathlib import Path

import bson
import pymongo
from writer import counted_of

HEAD = struct.Struct(">qi")  # of a batch of records: where it begins, and the bytes that follow
COMMANDS = "database_commands"


class Costs:
    """Taken before and after; what could not be counted is left out."""

    def __init__(self, stack):
        self._stack = stack
        self._before = self._now()

    def so_far(self):
        now = self._now()
        return {name: now[name] - before for name, before in self._before.items() if name in now}

    def _now(self):
        kafka_bytes, kafka_batches = kafka_log(self._stack["kafka"].data)
        found = {"Kafka bytes": kafka_bytes, "Kafka batches": kafka_batches,
                 "broker writes": io(self._stack["kafka"].process.pid, "syscw"),
                 "database bytes": io(self._stack["database"].process.pid, "write_bytes"),
                 "database commands": counted_of(self._stack["db-svc"], COMMANDS)}
        return {name: value for name, value in found.items() if value is not None}


def io(pid, name):
    """What the kernel counts of a process; None if it is not ours or does not say."""
    try:
        lines = Path(f"/proc/{pid}/io").read_text().splitlines()
    except OSError:
        return None
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def kafka_log(folder):
    """(bytes, batches of records) in the logs of all partitions: a request has one batch a partition."""
    size = batches = 0
    for log in folder.glob("*/*.log"):
        with log.open("rb") as file:
            while len(head := file.read(HEAD.size)) == HEAD.size:
                _, more = HEAD.unpack(head)
                if more <= 0:
                    break
                size, batches = size + HEAD.size + more, batches + 1
                file.seek(more, 1)
    return size, batches


def records(uri, database, event_id):
    """(bytes, index entries) of the last order of an event and of its receipt, by collection."""
    with pymongo.MongoClient(uri) as client:
        order = client[database]["orders"].find_one({"event_id": event_id}, sort=[("_id", pymongo.DESCENDING)])
        receipt = client[database]["receipts"].find_one({"about": order["_id"]})
        found = {"orders": order, "receipts": receipt}
        return ({name: len(bson.encode(document)) for name, document in found.items()},
                {name: entries(document, client[database][name].index_information().values())
                 for name, document in found.items()})


def entries(document, indexes):
    """How many entries of these indexes lead to the document."""
    return sum(_entries(document, index) for index in indexes)


def _entries(document, index):
    values = [_values(document, path.split(".")) for path, _ in index["key"]]
    if index.get("sparse") and not any(values):
        return 0
    total = 1
    for found in values:
        total *= max(len(found), 1)
    return total


def _values(document, path):
    if isinstance(document, list):
        return {value for one in document for value in _values(one, path)}
    if not path:
        return {repr(document)}
    return _values(document[path[0]], path[1:]) if path[0] in document else set()
