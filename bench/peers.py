"""The same purchase as teams build it with NestJS, over Kafka and straight to the database, in the same minutes.

npm brings what the peers (bench/peers) need. All take turns at one broker and one database.
"""

import os
import shutil
import subprocess
from contextlib import ExitStack, contextmanager
from pathlib import Path

from confluent_kafka.admin import AdminClient, NewTopic
from processes import cpu_us
from pymongo import MongoClient
from report import figure, least, table, targets
from sales import refused
from shop import CAPACITY, Buyer, Shop
from stack import Failure, free_port
from stack.installed import PARTS
from warm import BUSY, told, warm

SOURCE = Path(__file__).parent / "peers"
OURS, KAFKA, DIRECT = "these services", "NestJS and Kafka", "NestJS, database alone"
DATABASE = "bench_peers"
TOPICS = ("peer.orders", "peer.orders.reply")
PARTITIONS = 8
TYPES = (1, 100)
CONNECTIONS = (1, 64, 256)
EVENT = "event_peer"

HOT_TIMES, MANY_TIMES = 20, 7  # as many purchases as the peers
ALONE_SHARE = 0.5  # of the time that the peer over Kafka takes


def measure(setup):
    folder = installed()
    with setup.stack() as stack, ExitStack() as cleanup:
        stack.start()
        buyers = {OURS: ours(stack, setup.programs)}
        for peer in (KAFKA, DIRECT):
            buyers[peer] = cleanup.enter_context(PEERS[peer](folder, stack, setup.programs))
        warm_up = {name: buyer.warm_up() for name, buyer in buyers.items()}
        points = [{"types": types, "connections": connections,
                   **{name: buyer.measure(types, connections, setup.seconds) for name, buyer in buyers.items()}}
                  for types in TYPES for connections in CONNECTIONS]
        return {"warm_up": warm_up, "points": points}


def require():
    if not shutil.which("npm"):
        raise Failure("the peers need npm: apt-get install npm")


def installed():
    """The folder of the peers with what they need from npm. It is kept for the next time."""
    folder = PARTS / "peers"
    shutil.copytree(SOURCE, folder, dirs_exist_ok=True)
    done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=folder, capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        raise Failure(f"npm cannot install the peers: {done.stderr.strip()[-500:]}")
    return folder


class Measured:
    """Who buys, the processes that serve it, and those of all that compile what they do often."""

    def __init__(self, buyer, processes, compiling):
        self._buyer = buyer
        self._processes = processes
        self._compiling = compiling

    def measure(self, types, connections, seconds):
        return self._measure(types, connections, seconds, self._processes)

    def warm_up(self):
        """As warm() returns."""
        return warm(lambda seconds: self._measure(1, BUSY, seconds, self._compiling)["cpu_us_a_sale"])

    def _measure(self, types, connections, seconds, processes):
        before = sum(map(cpu_us, processes))
        figures = self._buyer.purchases(connections, seconds, types)
        return {**figures, "cpu_us_a_sale": (sum(map(cpu_us, processes)) - before) / max(figures["ok"], 1)}


def ours(stack, programs):
    return Measured(Shop(stack, programs, types=max(TYPES)),
                    [stack[name].process.pid for name in ("db-svc", "tickets-svc")], [stack["kafka"].process.pid])


@contextmanager
def over_kafka(folder, stack, programs):
    admin = AdminClient({"bootstrap.servers": stack.settings["KAFKA_BROKERS"]})
    for made in admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in TOPICS]).values():
        made.result(60)
    buyer = Buyer(programs, free_port(), EVENT, types_of(stack, KAFKA))
    with node(folder, stack, "worker", KAFKA) as worker, node(folder, stack, "facade", KAFKA, buyer.port) as facade:
        yield Measured(buyer, [worker, facade], [worker, facade, stack["kafka"].process.pid])


@contextmanager
def straight(folder, stack, programs):
    buyer = Buyer(programs, free_port(), EVENT, types_of(stack, DIRECT))
    with node(folder, stack, "direct", DIRECT, buyer.port) as process:
        yield Measured(buyer, [process], [process])


PEERS = {KAFKA: over_kafka, DIRECT: straight}


def database_of(peer):
    return f"{DATABASE}_{list(PEERS).index(peer)}"


def types_of(stack, peer):
    """The types of ticket that it sells, made in its database."""
    types = [f"tkttype_{n}" for n in range(max(TYPES))]
    with MongoClient(stack["database"].uri) as client:
        client[database_of(peer)]["ticket_types"].insert_many([
            {"_id": kind, "event_id": EVENT, "on_sale": True, "price": {"amount": 2500, "currency": "EUR"},
             "available": CAPACITY, "sold": 0} for kind in types])
    return types


@contextmanager
def node(folder, stack, program, peer, port=0):
    """The pid of one, once it says that it is ready."""
    environment = {**os.environ, "MONGO_URI": stack["database"].uri, "PEER_DB": database_of(peer), "PORT": str(port),
                   "KAFKA_BROKERS": stack.settings["KAFKA_BROKERS"], "KAFKAJS_NO_PARTITIONER_WARNING": "1"}
    with subprocess.Popen(["node", f"{program}.js"], cwd=folder, env=environment, stdout=subprocess.PIPE,
                          text=True) as process:
        try:
            if process.stdout.readline().strip() != "ready":
                raise Failure(f"{program} of the peers does not start")
            yield process.pid
        finally:
            process.kill()


def show(figures):
    points = figures["points"]
    rows = []
    for name in (OURS, *PEERS):
        rows += [(f"{name}: purchases a second", [figure(point[name]["per_second"]) for point in points]),
                 ("  p50 ms", [figure(point[name]["p50_ms"]) for point in points]),
                 ("  p99 ms", [figure(point[name]["p99_ms"]) for point in points]),
                 ("  not 2xx", [str(refused(point[name])) for point in points]),
                 ("  CPU µs a sale of its own processes", [figure(point[name]["cpu_us_a_sale"]) for point in points])]
    rows += [(f"times {name}", [figure(_times(point, name)) for point in points]) for name in PEERS]
    return [table(rows, head=("", [_title(point) for point in points])), targets(_targets(points)),
            *(f"{name}: {told(costs)}" for name, costs in figures["warm_up"].items())]


def _title(point):
    return f"{point['types']} x {point['connections']}"


def _times(point, name):
    return point[OURS]["per_second"] / max(point[name]["per_second"], 1e-9)


def _targets(points):
    by_title = {_title(point): point for point in points}
    hot, many, alone = by_title["1 x 256"], by_title["100 x 256"], by_title["1 x 1"]
    times = _times(hot, KAFKA)
    yield least("hot type, 256 connections: times Kafka peer", times, HOT_TIMES)
    times = min(_times(many, name) for name in PEERS)
    yield least("100 types, 256 connections: times best peer", times, MANY_TIMES)
    share = alone[OURS]["p50_ms"] / alone[KAFKA]["p50_ms"]
    yield "alone: p50 of the Kafka peer's", share, f"< {ALONE_SHARE}", "", share < ALONE_SHARE
