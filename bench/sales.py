"""Purchases of one type at rising numbers of connections, beside the floors; costs, starts and memory."""

import statistics
import time

from costs import Costs, records
from floors import DATABASE, HTTP, KAFKA, SMALL, Floors
from processes import cpu_us, rss_mib
from report import below, figure, least, table, targets
from shop import Shop
from warm import BUSY, told, warm
from writer import batches, mean_batch

CONNECTIONS = (1, 64, 256)
FACADES = ("tickets-svc", "attendees-svc", "notify-svc")
STARTS = 3
COUNTED = {"broker": "kafka", "db-svc": "db-svc", "tickets-svc": "tickets-svc", "database": "database"}

ALONE_P50_MS = 5
FLOOR_SHARES = {DATABASE: 0.25, SMALL: 0.35}
FACADE_RSS_MIB = 20
DB_SVC_RSS_MIB = 64
FACADE_READY_MS = 300


def measure(setup):
    with setup.stack() as stack:
        stack.start()
        ready_ms = {name: _ready_ms(stack[name]) for name in FACADES}
        shop = Shop(stack, setup.programs)
        warm_up = warm_by(stack, shop)
        floors = Floors(stack, setup.programs)
        points = [_point(stack, shop, floors, connections, setup.seconds) for connections in CONNECTIONS]
        record_bytes, index_entries = records(stack["database"].uri, stack.settings["MONGO_DB"], shop.event_id)
        return {
            "warm_up": warm_up,
            "points": points,
            "record_bytes": record_bytes,
            "index_entries": index_entries,
            "ready_ms": ready_ms,
            "rss_mib": {part.name: rss_mib(part.process.pid) for part in stack},
            "sold_adds_up": shop.sold() == shop.bought,
        }


def warm_by(stack, shop):
    """As warm() returns, of the broker: what the others take does not fall."""
    return warm(lambda seconds: brokers_share(stack, lambda: shop.purchases(BUSY, seconds)))


def brokers_share(stack, purchases):
    """The broker's CPU µs a sale."""
    figures, used = counted(stack, {"broker": COUNTED["broker"]}, purchases)
    return used["broker"] / max(figures["ok"], 1)


def _point(stack, shop, floors, connections, seconds):
    # Side by side, so that what else the machine does meets all alike.
    floor = floors.all(connections, seconds)
    before = batches(stack["db-svc"])
    costs = Costs(stack)
    purchases, used = counted(stack, COUNTED, lambda: shop.purchases(connections, seconds))
    used["load"] = purchases["cpu_us"]
    sales = max(purchases["ok"], 1)
    written = costs.so_far()
    return {
        "connections": connections,
        "purchases": purchases,
        "floors": floor,
        "shares": {name: purchases["per_second"] / figures["per_second"] for name, figures in floor.items()},
        "commands_a_batch": mean_batch(before, batches(stack["db-svc"])),
        "cpu_us_a_sale": {name: None if us is None else us / sales for name, us in used.items()},
        "a_sale": {name: value / sales for name, value in written.items()},
    }


def counted(stack, parts, work):
    """What the work returns, and the processor time that each of the parts, all its instances, took meanwhile."""
    before = {name: _cpu_us(stack, part) for name, part in parts.items()}
    done = work()
    after = {name: _cpu_us(stack, part) for name, part in parts.items()}
    return done, {name: None if us is None else after[name] - us for name, us in before.items()}


def _cpu_us(stack, name):
    each = [cpu_us(part.process.pid) for part in stack if part.name == name or part.name.startswith(f"{name}-")]
    known = [us for us in each if us is not None]
    return sum(known) if known else None


def _ready_ms(facade):
    """From its start to its first 200 on /readyz; the median of some."""
    taken = []
    for _ in range(STARTS):
        facade.stop()
        start = time.monotonic()
        facade.launch()
        while facade.not_ready() is not None and time.monotonic() < start + facade.ready_within:
            time.sleep(0.001)
        taken.append((time.monotonic() - start) * 1000)
    return statistics.median(taken)


def show(figures):
    points = figures["points"]
    head = ("", [f"{point['connections']} connection{'' if point['connections'] == 1 else 's'}" for point in points])
    rows = [
        ("purchases a second", [f"{point['purchases']['per_second']:,.0f}" for point in points]),
        ("  p50 ms", [f"{point['purchases']['p50_ms']:.2f}" for point in points]),
        ("  p99 ms", [f"{point['purchases']['p99_ms']:.2f}" for point in points]),
        ("  not 2xx", [str(refused(point["purchases"])) for point in points]),
        ("  commands a batch", [figure(point["commands_a_batch"]) for point in points]),
        ("floor: the database alone, sales a second", _of_floors(points, DATABASE, "per_second")),
        ("  sales a batch", [str(point["floors"][DATABASE]["batch"]) for point in points]),
        ("  ms a batch", _of_floors(points, DATABASE, "batch_ms")),
        ("floor: the same with small records", _of_floors(points, SMALL, "per_second")),
        ("floor: HTTP alone, requests a second", _of_floors(points, HTTP, "per_second")),
        ("floor: Kafka alone, there and back a second", _of_floors(points, KAFKA, "per_second")),
        ("  p50 ms", _of_floors(points, KAFKA, "p50_ms")),
    ]
    rows += [(f"purchases / {name}", [figure(point["shares"][name]) for point in points])
             for name in points[0]["shares"]]
    rows += [(f"CPU µs a sale: {name}", [figure(point["cpu_us_a_sale"][name]) for point in points])
             for name in points[0]["cpu_us_a_sale"]]
    rows += [("CPU µs a sale: all", [figure(sum(us or 0 for us in point["cpu_us_a_sale"].values())) for point in points])]
    rows += [(f"a sale: {name}", [figure(point["a_sale"].get(name)) for point in points])
             for name in points[0]["a_sale"]]
    records_ = [(name, [figure(figures[what][name]) for what in ("record_bytes", "index_entries")])
                for name in figures["record_bytes"]]
    return [table(rows, head), table(records_, head=("a sale", ["record bytes", "index entries"])),
            targets(_targets(figures)), told(figures["warm_up"]), adds_up(figures)]


def adds_up(figures):
    return f"sold adds up to the 2xx answers: {'yes' if figures['sold_adds_up'] else 'NO'}"


def _of_floors(points, name, what):
    return [figure(point["floors"][name][what]) for point in points]


def refused(purchases):
    return purchases["broken"] + purchases["unanswered"] + sum(
        count for status, count in purchases["statuses"].items() if not status.startswith("2"))


def _targets(figures):
    first, last = figures["points"][0], figures["points"][-1]
    yield below("purchase alone, p50", first["purchases"]["p50_ms"], ALONE_P50_MS, "ms")
    for name, share in FLOOR_SHARES.items():
        yield least(f"purchases / {name} at {last['connections']}", last["shares"][name], share)
    for name, ready_ms in figures["ready_ms"].items():
        yield below(f"{name} ready after its start", ready_ms, FACADE_READY_MS, "ms")
    for name, rss in figures["rss_mib"].items():
        if name.endswith("-svc"):
            yield below(f"{name} RSS", rss, DB_SVC_RSS_MIB if name == "db-svc" else FACADE_RSS_MIB, "MiB")
