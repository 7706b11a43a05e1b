"""The faults of a campaign, by name. Each hurts the stack, lasts a while, and heals what it hurt."""

import json
import os
import resource
import secrets
import socket
import struct

from confluent_kafka import KafkaException, Producer

from support import eventually, lasts, order_body, patience, path

FAULTS = {}
COMMAND_TOPICS = ("events.commands", "tickets.commands", "attendees.commands", "notifications.commands",
                  "payments.events")
FLOOD = 1000


def fault(*having):
    """Registers one; `having` is what the world must have for it: proxies, clocks, room."""
    def register(function):
        FAULTS[function.__name__] = (function, having)
        return function
    return register


def _again(world, kind):
    """Kills one instance, at once or after it has stood a moment without."""
    victim = world.any(kind)
    victim.kill()
    lasts(world.chance.choice([0, 0, 1, 3]))
    victim.start()


@fault()
def kill_tickets_svc(world):
    _again(world, "tickets-svc")


@fault()
def kill_attendees_svc(world):
    _again(world, "attendees-svc")


@fault()
def kill_notify_svc(world):
    _again(world, "notify-svc")


@fault()
def kill_db_svc(world):
    _again(world, "db-svc")


@fault()
def kill_every_db_svc(world):
    for service in world.instances["db-svc"]:
        service.kill()
    for service in world.instances["db-svc"]:
        service.start()


@fault()
def kill_kafka(world):
    _again(world, "kafka")


@fault()
def kill_database(world):
    _again(world, "database")


def _stand_still(world, kind, seconds):
    victim = world.any(kind)
    victim.pause()
    try:
        lasts(seconds)
    finally:
        victim.resume()


@fault()
def stop_kafka(world):
    _stand_still(world, "kafka", world.chance.choice([2, 8, 30]))


@fault()
def stop_database(world):
    _stand_still(world, "database", world.chance.choice([2, 8, 15]))


@fault()
def stop_db_svc(world):
    """A zombie where it lasts longer than the others wait."""
    _stand_still(world, "db-svc", world.chance.choice([1, 8, 31]))


@fault()
def stop_tickets_svc(world):
    _stand_still(world, "tickets-svc", world.chance.choice([1, 6]))


@fault()
def end_db_svc(world):
    victim = world.any("db-svc")
    assert victim.stop() == 0, victim.process.tail()
    lasts(world.chance.choice([0, 2]))
    victim.start()


@fault()
def end_tickets_svc(world):
    """In the middle of requests."""
    victim = world.any("tickets-svc")
    assert victim.stop() == 0, victim.process.tail()
    victim.start()


# --- Between the services and their parts ---

def _network(world, hurt, seconds):
    proxy = world.chance.choice(list(world.stack.proxies.values()))
    try:
        hurt(proxy)
        lasts(seconds)
    finally:
        proxy.heal()


@fault("proxies")
def delay(world):
    _network(world, lambda proxy: proxy.delay(0.1), 5)


@fault("proxies")
def cut(world):
    _network(world, lambda proxy: proxy.cut(), 0.5)


@fault("proxies")
def cut_in_mid_frame(world):
    way = world.chance.choice(["to_server", "to_client"])
    _network(world, lambda proxy: proxy.cut_in_mid_frame(way), 2)


@fault("proxies")
def black_hole(world):
    way = world.chance.choice(["to_server", "to_client"])
    _network(world, lambda proxy: proxy.black_hole(way), 7)


# --- What it runs on ---

def _fill(world, name):
    folder = world.rooms[name]
    filler = folder / "filler"
    try:
        with open(filler, "wb") as file:
            while True:
                file.write(bytes(1 << 20))
                file.flush()
    except OSError:
        pass  # full
    try:
        lasts(5)
    finally:
        filler.unlink()
    part = world.stack[name]
    if not part.running or part.not_ready():
        part.kill()
        part.start()


@fault("room")
def fill_disk_of_kafka(world):
    _fill(world, "kafka")


@fault("room")
def fill_disk_of_database(world):
    _fill(world, "database")


@fault("clocks")
def step_clock_of_db_svc(world):
    _step(world, "db-svc", world.chance.choice([3600, -3600, -2]))


@fault("clocks")
def step_clock_of_kafka(world):
    _step(world, "kafka", world.chance.choice([60, -2]))


def _step(world, name, seconds):
    world.clocks[name].step(seconds)
    lasts(3)
    world.clocks[name].step(0)


@fault()
def no_more_descriptors(world):
    victim = world.any("tickets-svc")
    pid = victim.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    used = len(os.listdir(f"/proc/{pid}/fd"))
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (used + 2, before[1]))
    try:
        _flood(victim, 50, 2)
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)


# --- Messages ---

FITS_BYTES = 1_000_000


def _produce(world, *record, **options):
    """Also to a broker that has just come back, and knows no topics yet."""
    def sent():
        try:
            return world.bus.produce(*record, **options)
        except KafkaException as problem:
            raise AssertionError(str(problem)) from problem
    eventually(sent, within=20)


def _overheard(world, count):
    """What others have sent, beginning where the last look ended; what was junk and came compressed would not fit."""
    for _ in range(count):
        record = world.commands.next(1)
        if record is None:
            return
        if len(record.value or b"") < FITS_BYTES:
            yield record


@fault()
def commands_twice(world):
    """What others sent comes a second time, as after a producer's doubt."""
    for record in _overheard(world, 200):
        _produce(world, record.topic, record.value, record.key, list(record.headers.items()))


@fault()
def commands_misplaced(world):
    for record in _overheard(world, 20):
        _produce(world, record.topic, record.value, record.key, list(record.headers.items()),
                          partition=world.chance.randrange(8))


@fault()
def forged_replies(world):
    for _ in range(200):
        _produce(world, "tickets-svc.replies", b'{"id":"order_forged"}', None,
                          {"kafka_correlationId": secrets.token_hex(16), "status": "201", "ce_type":
                           "order.place.reply", "ce_id": secrets.token_hex(8), "ce_source": "/forger",
                           "ce_specversion": "1.0"})


@fault()
def poison(world):
    ce = {"ce_specversion": "1.0", "ce_source": "/poison"}
    bodies = [b"\xff\xfe", b"{", b"[" * 100_000, b"null", b'{"event_id":"\\u0000"}', bytes(900_000), b""]
    for topic in COMMAND_TOPICS:
        key = world.chance.choice(world.crowd.sales)[0]["id"]
        for body in bodies:
            _produce(world, topic, body, key, {**ce, "ce_type": "order.place", "ce_id": secrets.token_hex(8)})
        _produce(world, topic, b"{}", key, {**ce, "ce_type": "nothing.known", "ce_id": "x"})
        _produce(world, topic, b"{}", key)


@fault()
def compressed_junk(world):
    producer = Producer({"bootstrap.servers": world.stack["kafka"].brokers, "compression.type": "gzip",
                         "partitioner": "murmur2_random", "message.max.bytes": 100_000_000, "log_level": 0})
    producer.produce("tickets.commands", bytes(20_000_000), world.chance.choice(world.crowd.sales)[0]["id"])
    producer.flush(patience(20))


# --- HTTP ---

def _connect(service):
    host, _, port = service.url.partition("//")[2].partition(":")
    return socket.create_connection((host, int(port)), timeout=30)


def _flood(service, count, seconds):
    connections = []
    try:
        for _ in range(count):
            connection = socket.socket()
            connection.setblocking(False)
            host, _, port = service.url.partition("//")[2].partition(":")
            connection.connect_ex((host, int(port)))
            connections.append(connection)
        lasts(seconds)
    finally:
        for connection in connections:
            connection.close()


@fault()
def flood(world):
    _flood(world.any("tickets-svc"), FLOOD, 3)


@fault()
def drip(world):
    """Clients that send a byte now and then."""
    head = b"POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Length: 9000\r\n\r\n{"
    victim = world.any("tickets-svc")
    connections = [_connect(victim) for _ in range(50)]
    try:
        for at in range(min(len(head), 20)):
            for connection in connections:
                try:
                    connection.send(head[at:at + 1])
                except OSError:
                    pass  # was cut off, as it should be at some time
            lasts(0.1)
    finally:
        for connection in connections:
            connection.close()


HOSTILE = [
    b"POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n" + bytes(300_000),
    b"POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{}",
    b"POST %s HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"POST %s HTTP/1.1\r\nHost : a\r\n\r\n",
    b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET %s\xff HTTP/9.9\r\nHost: a\r\n\r\n",
]
BODIES = [b"[" * 100_000 + b"]" * 100_000, b'{"items":1e999999}', b'{"items":[],"items":[]}', b'{"buyer":"\x00"}',
          b'{"buyer":"\xff\xfe"}', b'"' + b"a" * 200_000 + b'"']


@fault()
def hostile_requests(world):
    """Each is refused with a 4xx."""
    event = world.chance.choice(world.crowd.sales)[0]
    address = path(event, "orders")
    victim = world.any("tickets-svc")
    requests = [head % address.encode() if b"%s" in head else head for head in HOSTILE]
    requests += [b"POST %s HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                 % (address.encode(), len(body), body) for body in BODIES]
    for request in requests:
        with _connect(victim) as connection:
            connection.sendall(request)
            status = connection.recv(4096).partition(b" ")[2][:3]
            assert status.startswith(b"4"), f"{request[:160]!r}: {status!r}"
            world.hostile += 1


@fault()
def leave_before_the_answer(world):
    """Buyers whose connection is gone; the key gives each what became of it, once."""
    event, kind = world.walked_away
    body = json.dumps(order_body((kind, 1), buyer=f"{secrets.token_hex(8)}@example.org")).encode()
    for _ in range(20):
        key = secrets.token_hex(16)
        connection = _connect(world.any("tickets-svc"))
        connection.sendall(b"POST %s HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nIdempotency-Key: %s\r\n"
                           b"Content-Length: %d\r\n\r\n%s" % (path(event, "orders").encode(), key.encode(),
                                                             len(body), body))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
        world.left.append((key, json.loads(body)))
