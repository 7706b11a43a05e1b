"""How long orders are searched among a million, by a desk that asks one question after the other while others buy."""

import http.client
import itertools
import json
import statistics
import threading
import time
import urllib.parse
from contextlib import contextmanager

import pymongo

from report import below, figure, table, targets
from seeds import Seeds, size
from shop import Shop

TARGET_MS = 20
BUYERS = 8
PLACES, SAMPLES = 20, 5  # where in the million what is asked for comes from
FLOORS = ("HTTP alone", "the database alone, by _id", "one order by its id")


def measure(setup):
    many = size("BENCH_ORDERS", 1_000_000)
    with setup.stack() as stack:
        stack.start()
        shop = Shop(stack, setup.programs)
        took = Seeds(stack, setup.programs).orders(shop.event_id, shop.type_id, many)
        with Desk(stack, shop.event_id, many) as desk:
            desk.ask_all(min(setup.seconds, 1))  # what is asked for first comes from the disk
            quiet = desk.ask_all(setup.seconds)
            with buying(shop) as sales:
                busy = desk.ask_all(setup.seconds)
        return {"orders": many, "seed_seconds": took, "quiet": quiet, "busy": busy,
                "purchases_per_second": sales["ok"] / sales["seconds"]}


@contextmanager
def buying(shop):
    """Purchases go on; how many there were is known at the end."""
    sales, over = {"ok": 0, "seconds": 0}, threading.Event()

    def buy():
        while not over.is_set():
            figures = shop.purchases(BUYERS, 1)
            sales["ok"] += figures["ok"]
            sales["seconds"] += 1

    thread = threading.Thread(target=buy)
    thread.start()
    try:
        yield sales
    finally:
        over.set()
        thread.join()


def beginnings(name):
    first, last = name.split()[:2]
    return f"{last[:4]} {first[:3]}"


class Desk:
    """One connection, one question after the other."""

    def __init__(self, stack, event_id, many):
        self._connection = http.client.HTTPConnection(stack["tickets-svc"].url.removeprefix("http://"), timeout=60)
        self._client = pymongo.MongoClient(stack["database"].uri)
        self._orders = self._client[stack.settings["MONGO_DB"]]["orders"]
        some = self._sample(many)
        orders = itertools.cycle(some)
        numbers = itertools.count()
        self._questions = {
            FLOORS[0]: lambda: self._get("/livez"),
            FLOORS[1]: lambda: self._orders.find_one({"_id": next(orders)["_id"]}),
            FLOORS[2]: lambda: self._get(f"/v1/events/{event_id}/orders/{next(orders)['_id']}"),
            "an e-mail address": lambda: self._search(next(orders)["buyer"]["email"]),
            "a phone number": lambda: self._search(next(orders)["buyer"]["phone"]),
            "an order's id": lambda: self._search(next(orders)["_id"]),
            "a name": lambda: self._search(next(orders)["buyer"]["name"].split()[1]),
            "a whole name": lambda: self._search(next(orders)["buyer"]["name"]),
            "the beginnings of two names": lambda: self._search(beginnings(next(orders)["buyer"]["name"])),
            "a name and an e-mail address": lambda: self._search(
                "{name} {email}".format(**next(orders)["buyer"]).partition(" ")[2]),
            "nobody": lambda: self._search(f"nobody{next(numbers)}"),
            "an address that nobody has": lambda: self._search(f"maria.garcia.x{next(numbers)}@example.org"),
        }

    def _sample(self, many):
        """From all over the million."""
        found = []
        for place in range(PLACES):
            found += self._orders.find({}, {"buyer": 1}).sort("_id", 1).skip(place * many // PLACES).limit(SAMPLES)
        return found

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._connection.close()
        self._client.close()

    def _get(self, path):
        self._connection.request("GET", path)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {body[:300]!r}")
        return body

    def _search(self, text):
        return json.loads(self._get(f"/v1/orders?q={urllib.parse.quote(text)}"))["items"]

    def ask_all(self, seconds):
        """Latencies by question, each for its share of the time, in turn: what else the machine does meets all alike."""
        taken = {name: [] for name in self._questions}
        found = dict.fromkeys(taken, 0)
        until = time.monotonic() + seconds * len(taken) / 2
        while time.monotonic() < until:
            for name, question in self._questions.items():
                began = time.monotonic()
                answer = question()
                taken[name].append((time.monotonic() - began) * 1000)
                found[name] += len(answer) if isinstance(answer, list) else 1
        return {name: {"asked": len(ms), "p50_ms": statistics.median(ms), "found": found[name] / len(ms),
                       "p99_ms": sorted(ms)[min(len(ms) - 1, len(ms) * 99 // 100)]} for name, ms in taken.items()}


def show(figures):
    head = (f"of {figures['orders']:,} orders", ["found", "p50 ms", "p99 ms", "busy p50 ms", "busy p99 ms"])
    rows = []
    for name, quiet in figures["quiet"].items():
        busy = figures["busy"][name]
        rows.append((name, [figure(quiet["found"]), *(figure(side[at]) for side in (quiet, busy)
                                                      for at in ("p50_ms", "p99_ms"))]))
    notes = (f"busy: beside {figures['purchases_per_second']:,.0f} purchases a second; it took "
             f"{figures['seed_seconds']:.0f} s to put the orders in")
    return [table(rows, head), notes, targets(_targets(figures))]


def _targets(figures):
    for name, asked in figures["busy"].items():
        if name not in FLOORS:
            yield below(f"p50 beside sales: {name}", asked["p50_ms"], TARGET_MS, "ms")
