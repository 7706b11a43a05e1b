"""The real stack, two of each service, people, and faults from a seed: make faults SEED=n MINUTES=m.

Tells each fault and how long it took until every event sold again. The last line sums up; the exit code is
1 if anything that is promised did not hold.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

from books import check_walked_away
from crowd import Crowd
from faults import FAULTS
from people import People
from resources import check_growth, usage
from stack.throw_away import throw_away

from support import AnyOf, Bus, Clock, Inbox, Proxy, Rest, on_sale

TWO_OF = ("db-svc", "tickets-svc", "attendees-svc", "notify-svc")
SOLD_AGAIN_S = 60  # patience, not a promise: the time taken is told
ROOM = "400m"


class World:
    """What a fault may touch."""

    def __init__(self, stack, seed, brokers):
        self.stack = stack
        self.chance = random.Random(seed)
        self.instances = {kind: [stack[kind]] for kind in TWO_OF}
        self.instances["kafka"] = [stack["kafka" if n == 0 else f"kafka-{n + 1}"] for n in range(brokers)]
        self.instances["database"] = [stack["database"]]
        self.crowd = self.people = None  # until they come
        self.clocks, self.rooms = {}, {}
        self.left = []  # (key, body) of buyers who did not wait for the answer
        self.hostile = 0

    def any(self, kind):
        return self.chance.choice(self.instances[kind])

    def urls(self, kind):
        return [service.url for service in self.instances[kind]]

    def has(self, what):
        return bool({"proxies": self.stack.proxies, "clocks": self.clocks, "room": self.rooms}[what])


def main():
    options = arguments()
    chosen = [options.fault] if options.fault else sorted(FAULTS)
    started = time.monotonic()
    with ExitStack() as cleanup:
        world = cleanup.enter_context(running_world(options, chosen))
        outcome = campaign(world, options, chosen)
    print(f"{outcome['sales']} sales, {outcome['other']} other answers, {outcome['faults']} faults, "
          f"longest until sales went on {outcome['longest']:.1f} s, {time.monotonic() - started:.0f} s in all, "
          f"seed {options.seed}, {options.brokers} broker(s), violations: {outcome['violations']}")
    return 1 if outcome["violations"] else 0


def arguments():
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--fault", choices=sorted(FAULTS), help="only this one")
    parser.add_argument("--brokers", type=int, choices=(1, 3), default=1)
    parser.add_argument("--build", type=Path, default=Path("build"))
    return parser.parse_args()


@contextmanager
def running_world(options, chosen):
    settings = {"KAFKA_REPLICATION_FACTOR": str(options.brokers)}
    with ExitStack() as proxies, ExitStack() as cleanup:
        stack = cleanup.enter_context(throw_away(
            "kafka", "database", "mail", "services", build=options.build, settings=settings,
            brokers=options.brokers, kafka_proxied=options.brokers == 1, database_proxied=True))
        stack.proxies = {part.name: proxies.enter_context(Proxy(part.proxied.target, part.proxied.port))
                         for part in stack if part.proxied}
        world = World(stack, options.seed, options.brokers)
        if any("room" in FAULTS[name][1] for name in chosen) and options.fault:
            for name in ("kafka", "database"):
                world.rooms[name] = cleanup.enter_context(small_room(stack[name].data))
        library = options.build / "tests" / "faults" / "step_clock.so"
        for name in ("db-svc", "kafka"):
            world.clocks[name] = Clock(library, Path(cleanup.enter_context(
                tempfile.TemporaryDirectory())) / "clock")
            stack[name].extra_environment = world.clocks[name].environment
        stack.start()
        for kind in TWO_OF:
            second = stack.add_service(kind)
            second.start()
            world.instances[kind].append(second)
        yield world


@contextmanager
def small_room(folder):
    """A disk of its own that is soon full."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def campaign(world, options, chosen):
    stack = world.stack
    db, shops = Rest(stack["db-svc"].url), AnyOf(world.urls("tickets-svc"))
    world.bus = Bus(stack["kafka"].brokers)
    facts = world.bus.follow("tickets.facts")
    world.commands = world.bus.follow("tickets.commands")
    world.walked_away = on_sale(db, capacity=100_000)
    outcome = {"sales": 0, "other": 0, "faults": 0, "longest": 0.0, "violations": 0}
    try:
        with Crowd(db, shops) as world.crowd, \
                People(options.seed, db, shops, AnyOf(world.urls("attendees-svc")),
                       AnyOf(world.urls("notify-svc"))) as world.people:
            before = usage(stack)
            hurt(world, options, chosen, outcome)
            world.crowd.wait_for_sales(SOLD_AGAIN_S)
        world.crowd.check(facts, shops, db)
        world.people.check(Inbox(stack["mail"].inbox_url))
        check_walked_away(shops, world.walked_away, world.left)
        check_growth(before, usage(stack))
    except AssertionError as violation:
        outcome["violations"] += 1
        print(f"VIOLATION: {violation}", file=sys.stderr)
    finally:
        if world.people:
            outcome["sales"] = len(world.crowd.orders)
            outcome["other"] = sum(world.people.told.values())
        world.bus.close()
    return outcome


def hurt(world, options, chosen, outcome):
    able = [name for name in chosen if all(world.has(what) for what in FAULTS[name][1])]
    assert able, f"{', '.join(chosen)}: not with {options.brokers} broker(s) here"
    end = time.monotonic() + options.minutes * 60
    while time.monotonic() < end:
        name = world.chance.choice(able)
        FAULTS[name][0](world)
        outcome["faults"] += 1
        took = world.crowd.wait_for_sales(SOLD_AGAIN_S)
        outcome["longest"] = max(outcome["longest"], took)
        print(f"{name:26} sales went on after {took:.1f} s", flush=True)


if __name__ == "__main__":
    os.environ.setdefault("TEST_PATIENCE", "6")
    sys.exit(main())
