"""python bench: purchases at rising numbers of connections beside what the database alone can do.

Everything runs on throw-away parts on this machine, which is busy with both sides: only ratios are
worth comparing. It is no test: missed targets are said, and the exit code is 0.
"""

import argparse
import json
import os
import re
import statistics
import sys
import time
import urllib.request
from pathlib import Path

from processes import cpu_us, processor, rss_mib
from report import table, targets
from shop import Shop
from stack import Failure, throw_away

CONNECTIONS = (1, 64, 256)
FACADES = ("tickets-svc", "attendees-svc", "notify-svc")
STARTS = 3
WARM_UP_S = 2
COUNTED = {"broker": "kafka", "db-svc": "db-svc", "tickets-svc": "tickets-svc", "database": "database"}


def main():
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--build", type=Path, default=Path("build"), help="the folder of the programs built")
    parser.add_argument("--json", type=Path, default=Path("var/bench.json"), help="where the figures go")
    arguments = parser.parse_args()
    seconds = float(os.environ.get("BENCH_SECONDS") or 5)
    try:
        figures = _measure(arguments.build.resolve(), seconds)
    except Failure as failure:
        print(f"error: {failure}", file=sys.stderr)
        return 1
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps(figures, indent=2) + "\n")
    print(f"{figures['machine']}, load average before {figures['load_average']:.1f}; {seconds:g} s a point; one type of ticket\n")
    print(table(figures), targets(figures), _resident(figures), sep="\n\n")
    print(f"\nsold adds up to the 2xx answers: {'yes' if figures['sold_adds_up'] else 'NO'}")
    print(f"as JSON: {arguments.json}")
    return 0


def _measure(build, seconds):
    load_average = os.getloadavg()[0]
    with throw_away("kafka", "database", "services", build=build) as stack:
        stack.start()
        ready_ms = {name: _ready_ms(stack[name]) for name in FACADES}
        shop = Shop(stack, build / "bench")
        shop.purchases(64, min(seconds, WARM_UP_S))
        points = [_point(stack, shop, connections, seconds) for connections in CONNECTIONS]
        return {
            "machine": processor(),
            "load_average": load_average,
            "seconds": seconds,
            "points": points,
            "ready_ms": ready_ms,
            "rss_mib": {part.name: rss_mib(part.process.pid) for part in stack},
            "sold_adds_up": shop.sold() == shop.bought,
        }


def _point(stack, shop, connections, seconds):
    # Side by side, so that what else the machine does meets both alike.
    floor = shop.floor(connections, seconds)
    batches = _batches(stack)
    before = {name: cpu_us(stack[part].process.pid) for name, part in COUNTED.items()}
    purchases = shop.purchases(connections, seconds)
    used = {name: _difference(cpu_us(stack[part].process.pid), before[name]) for name, part in COUNTED.items()}
    used["load"] = purchases["cpu_us"]
    sales = max(purchases["ok"], 1)
    return {
        "connections": connections,
        "purchases": purchases,
        "floor": floor,
        "share": purchases["per_second"] / floor["per_second"],
        "commands_a_batch": _mean(batches, _batches(stack)),
        "cpu_us_a_sale": {name: None if us is None else us / sales for name, us in used.items()},
    }


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


def _batches(stack):
    """(batches, commands in them) of the writer so far; None if it does not count them."""
    with urllib.request.urlopen(f"{stack['db-svc'].url}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    found = [re.search(rf"^writer_{what}(?:_total)? (\S+)$", text, re.MULTILINE) for what in ("batches", "commands")]
    return [float(match.group(1)) for match in found] if all(found) else None


def _mean(before, after):
    if before is None or after is None or after[0] == before[0]:
        return None
    return (after[1] - before[1]) / (after[0] - before[0])


def _difference(after, before):
    return None if after is None or before is None else after - before


def _resident(figures):
    return "RSS MiB: " + ", ".join(f"{name} {rss:.0f}" for name, rss in figures["rss_mib"].items() if rss is not None)


if __name__ == "__main__":
    sys.exit(main())
