"""A great many records put into the database at once, with how far it is."""

import os
import subprocess
import sys
import threading
import time
from datetime import datetime, timezone

import bson
import pymongo

PROCESSES = 2
SAY_EVERY_S = 5


class Seeds:
    def __init__(self, stack, programs):
        self._uri = stack["database"].uri
        self._patient = f"{self._uri}&socketTimeoutMS=60000"  # a busy disk ends no run
        self._name = stack.settings["MONGO_DB"]
        self._program = programs / "seed"

    def events(self, count, first=0):
        """Published, with a ticket type each of which nothing is sold."""
        return self._put("events", first, count)

    def remove_events(self):
        """Those of events(), and what belongs to them."""
        with pymongo.MongoClient(self._patient) as client:
            database = client[self._name]
            ids = [event["_id"] for event in database["events"].find({"name": {"$regex": "^Seeded "}}, {"_id": 1})]
            for collection, member in (("stock", "event_id"), ("ticket_types", "event_id"), ("events", "_id")):
                database[collection].delete_many({member: {"$in": ids}})

    def orders(self, event_id, ticket_type_id, count, first=0):
        """Paid orders of one ticket, as sold by the type's stock."""
        took = self._put("orders", first, count, event_id, ticket_type_id)
        self._count("stock", ticket_type_id, {"sold": count}, {})
        return took

    def people(self, event_id, count):
        took = self._put("people", 0, count, event_id)
        now = datetime.now(timezone.utc)
        self._count("rosters", event_id, {"unconfirmed": count, "confirmed": 0, "cancelled": 0, "made": count},
                    {"event_id": event_id, "version": bson.Int64(1), "created_at": now, "updated_at": now})
        return took

    def _put(self, what, first, count, *ids):
        start = time.monotonic()
        share = -(-count // PROCESSES)
        parts = [(first + done, min(share, count - done)) for done in range(0, count, share)]
        progress = Progress(what, count)
        threads = [threading.Thread(target=self._run, args=(part, ids, progress)) for part in parts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if progress.failed:
            raise RuntimeError(f"{self._program.name} failed")
        return time.monotonic() - start

    def _run(self, part, ids, progress):
        arguments = [self._program, self._patient, self._name, *map(str, part), *ids]
        with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as running:
            for line in running.stdout:
                progress.tell(part, int(line))
        progress.failed |= running.returncode != 0

    def _count(self, collection, record_id, counts, fixed):
        with pymongo.MongoClient(self._uri) as client:
            client[self._name][collection].update_one(
                {"_id": record_id},
                {"$inc": {name: bson.Int64(by) for name, by in {**counts, "rev": 1}.items()},
                 **({"$setOnInsert": fixed} if fixed else {})}, upsert=bool(fixed))


class Progress:
    def __init__(self, what, count):
        self._what, self._count = what, count
        self._parts, self._lock = {}, threading.Lock()
        self._said = time.monotonic()
        self.failed = False

    def tell(self, part, done):
        with self._lock:
            self._parts[part] = done
            if time.monotonic() < self._said + SAY_EVERY_S:
                return
            self._said = time.monotonic()
            print(f"  {sum(self._parts.values()):,} of {self._count:,} {self._what} are in", file=sys.stderr, flush=True)


def size(name, default):
    return int(os.environ.get(name) or default)
