"""Purchases with one, two and three of the services on the same cores, which make nothing faster and break nothing.

Of one event, and of ten that are spread over the partitions, by turns.
"""

import pymongo
from floors import run
from payments.partitioner import partition_of
from report import figure, least, table, targets
from sales import COUNTED, adds_up, brokers_share, counted, refused
from shop import Shop, once_it_is
from stack import Failure
from warm import BUSY, told, warm
from writer import batches, mean_batch

# Of db-svc and tickets-svc. One more db-svc takes over at once; what one that leaves had is missed for seconds: none does.
LAYOUTS = ((1, 1), (1, 2), (1, 3), (2, 1), (3, 1), (3, 3))
EVENTS = (1, 10)
PARTITIONS = 8
STAYS = 0.7  # of the purchases with one of each
PATIENCE_S = 60


def measure(setup):
    with setup.stack(KAFKA_PARTITIONS=str(PARTITIONS)) as stack:
        stack.start()
        market = Market(setup.programs, spread(lambda: Shop(stack, setup.programs), max(EVENTS)))
        warm_up = warm(lambda seconds: brokers_share(stack, lambda: market.purchases(1, ports(stack), BUSY, seconds)))
        points = []
        for layout in LAYOUTS:
            arrange(stack, *layout)
            points += [_point(stack, market, layout, events, setup.seconds) for events in EVENTS]
        return {"warm_up": warm_up, "connections": BUSY, "points": points, "sold_adds_up": market.sold() == market.bought}


class Market:
    """Several shops, whose buyers are spread over the facades."""

    def __init__(self, programs, shops):
        self._load = programs / "load"
        self._shops = shops
        self.bought = 0

    def purchases(self, events, to_ports, connections, seconds):
        """Of as many of the events, each in turn; the figures of bench/load.c."""
        buyers = [shop.buyer for shop in self._shops[:events]]
        figures = run(self._load, ",".join(map(str, to_ports)), connections, seconds, "POST", "-",
                      lines=[f"{buyer.path} {order}" for buyer in buyers for order in buyer.orders()])
        self.bought += figures["ok"]
        return figures

    def sold(self):
        """As availability tells it of all, once that has caught up; None if it does not tell."""
        return once_it_is(self.bought, self._shown)

    def _shown(self):
        shown = [shop.shown() for shop in self._shops]
        return None if None in shown else sum(shown)


def spread(make, count):
    """As many shops as that, with as many in each partition, give or take one."""
    places = [n % PARTITIONS for n in range(count)]
    shops = []
    while places:
        shop = make()
        partition = partition_of(shop.event_id.encode(), PARTITIONS)
        if partition in places:
            places.remove(partition)
            shops.append(shop)
    return shops


def arrange(stack, db_svcs, tickets_svcs):
    """Has as many of each run, each db-svc with partitions of its own."""
    for kind, wanted in (("db-svc", db_svcs), ("tickets-svc", tickets_svcs)):
        for service in instances(stack, kind)[wanted:]:
            service.stop()
        while len(instances(stack, kind)) < wanted:
            stack.add_service(kind)
        for service in instances(stack, kind)[:wanted]:
            service.start()
    if once_it_is(db_svcs, lambda: owners(stack), PATIENCE_S) != db_svcs:
        raise Failure(f"not each of {db_svcs} db-svc has taken over partitions within {PATIENCE_S} s")


def instances(stack, kind):
    return [service for service in stack.services if service.kind == kind]


def running(stack, kind):
    return [service for service in instances(stack, kind) if service.running]


def ports(stack):
    return [service.ports["TICKETS_PORT"] for service in running(stack, "tickets-svc")]


def owners(stack):
    """How many writers the partitions have."""
    with pymongo.MongoClient(stack["database"].uri) as client:
        return len(client[stack.settings["MONGO_DB"]]["fences"].distinct("owner"))


def _point(stack, market, layout, events, seconds):
    before = _batches(stack)
    purchases, used = counted(stack, COUNTED, lambda: market.purchases(events, ports(stack), BUSY, seconds))
    sales = max(purchases["ok"], 1)
    return {"db_svc": layout[0], "tickets_svc": layout[1], "events": events, "purchases": purchases,
            "cpu_us_a_sale": {name: None if us is None else us / sales for name, us in used.items()},
            "commands_a_batch": mean_batch(before, _batches(stack))}


def _batches(stack):
    """As writer.batches(), of all instances."""
    each = [batches(service) for service in running(stack, "db-svc")]
    return None if None in each else [sum(counts) for counts in zip(*each)]


def show(figures):
    return [f"at {figures['connections']} connections; of db-svc and tickets-svc there are",
            *(_table(events, points_of(figures, events)) for events in EVENTS),
            targets(targets_of(figures)), told(figures["warm_up"]), adds_up(figures)]


def points_of(figures, events):
    return [point for point in figures["points"] if point["events"] == events]


def title(point):
    return f"{point['db_svc']} + {point['tickets_svc']}"


def _table(events, points):
    rows = [("purchases a second", [figure(point["purchases"]["per_second"]) for point in points]),
            ("  p50 ms", [figure(point["purchases"]["p50_ms"]) for point in points]),
            ("  p99 ms", [figure(point["purchases"]["p99_ms"]) for point in points]),
            ("  not 2xx", [str(refused(point["purchases"])) for point in points]),
            ("  commands a batch", [figure(point["commands_a_batch"]) for point in points])]
    rows += [(f"CPU µs a sale: {name}", [figure(point["cpu_us_a_sale"][name]) for point in points])
             for name in points[0]["cpu_us_a_sale"]]
    rows += [("CPU µs a sale: all", [figure(sum(us or 0 for us in point["cpu_us_a_sale"].values())) for point in points])]
    return table(rows, head=(f"{events} event{'' if events == 1 else 's'}", [title(point) for point in points]))


def targets_of(figures):
    for events in EVENTS:
        one, *more = (point["purchases"]["per_second"] for point in points_of(figures, events))
        yield least(f"of {events} event{'' if events == 1 else 's'}: fewest / 1 + 1", min(more) / max(one, 1e-9), STAYS)
