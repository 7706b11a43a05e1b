"""Purchases of one type at rising numbers of connections, beside the floor; starts and memory."""

import statistics
import time

from processes import cpu_us, rss_mib
from report import below, figure, table, targets
from shop import Shop
from writer import batches, mean_batch

CONNECTIONS = (1, 64, 256)
FACADES = ("tickets-svc", "attendees-svc", "notify-svc")
STARTS = 3
WARM_UP_S = 2
COUNTED = {"broker": "kafka", "db-svc": "db-svc", "tickets-svc": "tickets-svc", "database": "database"}

ALONE_P50_MS = 5
FLOOR_SHARE = 0.25
FACADE_RSS_MIB = 20
DB_SVC_RSS_MIB = 64
FACADE_READY_MS = 300


def measure(setup):
    with setup.stack() as stack:
        stack.start()
        ready_ms = {name: _ready_ms(stack[name]) for name in FACADES}
        shop = Shop(stack, setup.programs)
        shop.purchases(64, min(setup.seconds, WARM_UP_S))
        points = [_point(stack, shop, connections, setup.seconds) for connections in CONNECTIONS]
        return {
            "points": points,
            "ready_ms": ready_ms,
            "rss_mib": {part.name: rss_mib(part.process.pid) for part in stack},
            "sold_adds_up": shop.sold() == shop.bought,
        }


def _point(stack, shop, connections, seconds):
    # Side by side, so that what else the machine does meets both alike.
    floor = shop.floor(connections, seconds)
    before = batches(stack["db-svc"])
    purchases, used = counted(stack, COUNTED, lambda: shop.purchases(connections, seconds))
    used["load"] = purchases["cpu_us"]
    sales = max(purchases["ok"], 1)
    return {
        "connections": connections,
        "purchases": purchases,
        "floor": floor,
        "share": purchases["per_second"] / floor["per_second"],
        "commands_a_batch": mean_batch(before, batches(stack["db-svc"])),
        "cpu_us_a_sale": {name: None if us is None else us / sales for name, us in used.items()},
    }


def counted(stack, parts, work):
    """What the work returns, and the processor time that each of the parts took meanwhile."""
    before = {name: cpu_us(stack[part].process.pid) for name, part in parts.items()}
    done = work()
    after = {name: cpu_us(stack[part].process.pid) for name, part in parts.items()}
    return done, {name: None if us is None else after[name] - us for name, us in before.items()}


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
    rows = [
        ("", [f"{point['connections']} connection{'' if point['connections'] == 1 else 's'}" for point in points]),
        ("purchases a second", [f"{point['purchases']['per_second']:,.0f}" for point in points]),
        ("  p50 ms", [f"{point['purchases']['p50_ms']:.2f}" for point in points]),
        ("  p99 ms", [f"{point['purchases']['p99_ms']:.2f}" for point in points]),
        ("  not 2xx", [str(refused(point["purchases"])) for point in points]),
        ("  commands a batch", [figure(point["commands_a_batch"]) for point in points]),
        ("floor: the database alone, sales a second", [f"{point['floor']['per_second']:,.0f}" for point in points]),
        ("  sales a batch", [str(point["floor"]["batch"]) for point in points]),
        ("  ms a batch", [f"{point['floor']['batch_ms']:.2f}" for point in points]),
        ("purchases / floor", [f"{point['share']:.2f}" for point in points]),
    ]
    rows += [(f"CPU µs a sale: {name}", [figure(point["cpu_us_a_sale"][name]) for point in points])
             for name in points[0]["cpu_us_a_sale"]]
    return "\n\n".join([table(rows), targets(_targets(figures)),
                        f"sold adds up to the 2xx answers: {'yes' if figures['sold_adds_up'] else 'NO'}"])


def refused(purchases):
    return purchases["broken"] + purchases["unanswered"] + sum(
        count for status, count in purchases["statuses"].items() if not status.startswith("2"))


def _targets(figures):
    first, last = figures["points"][0], figures["points"][-1]
    yield below("purchase alone, p50", first["purchases"]["p50_ms"], ALONE_P50_MS, "ms")
    yield (f"purchases / floor at {last['connections']} connections", last["share"], f">= {FLOOR_SHARE}", "",
           last["share"] >= FLOOR_SHARE)
    for name, ready_ms in figures["ready_ms"].items():
        yield below(f"{name} ready after its start", ready_ms, FACADE_READY_MS, "ms")
    for name, rss in figures["rss_mib"].items():
        if name.endswith("-svc"):
            yield below(f"{name} RSS", rss, DB_SVC_RSS_MIB if name == "db-svc" else FACADE_RSS_MIB, "MiB")
