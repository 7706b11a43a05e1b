"""Whether a purchase costs the same with ten and with a million orders of the event."""

from report import figure, table, targets
from sales import COUNTED, counted, refused
from seeds import Seeds, size
from shop import Shop

CONNECTIONS = (1, 64)
FEW = 10
ROUNDS = 2
SAME = 1.25  # within what two equal measurements differ on a shared machine
COSTS = ("p50_ms", "cpu_us")


def measure(setup):
    many_orders = size("BENCH_ORDERS", 1_000_000)
    with setup.stack() as stack:
        stack.start()
        few, many = (Shop(stack, setup.programs) for _ in range(2))
        seeds = Seeds(stack, setup.programs)
        for shop in few, many:
            seeds.orders(shop.event_id, shop.type_id, FEW)
        few.purchases(64, min(setup.seconds, 2))
        before = _point(stack, few, setup.seconds)
        took = seeds.orders(many.event_id, many.type_id, many_orders - FEW, first=FEW)
        # In turn, so that what else the machine does meets both alike.
        rounds = [(_point(stack, few, setup.seconds), _point(stack, many, setup.seconds)) for _ in range(ROUNDS)]
        few_mean, many_mean = (_mean([each[side] for each in rounds]) for side in range(2))
        return {"orders": many_orders, "seed_seconds": took, "before": before, "few": few_mean, "many": many_mean,
                "ratio": {at: {cost: many_mean[at][cost] / few_mean[at][cost] for cost in COSTS} for at in few_mean}}


def _point(stack, shop, seconds):
    """Figures by number of connections."""
    found = {}
    for connections in CONNECTIONS:
        purchases, used = counted(stack, COUNTED, lambda at=connections: shop.purchases(at, seconds))
        found[str(connections)] = {
            "per_second": purchases["per_second"], "p50_ms": purchases["p50_ms"], "refused": refused(purchases),
            "cpu_us": sum(us or 0 for us in used.values()) / max(purchases["ok"], 1)}
    return found


def _mean(points):
    return {at: {name: sum(point[at][name] for point in points) / len(points) for name in points[0][at]}
            for at in points[0]}


def show(figures):
    head = ("orders of the event", [f"{FEW}, first", f"{FEW}", f"{figures['orders']:,}", "ratio"])
    rows = []
    for at in figures["few"]:
        sides = [figures[side][at] for side in ("before", "few", "many")]
        ratio = figures["ratio"][at]
        rows += [(f"{at} connection{'' if at == '1' else 's'}: purchases a second",
                  [*(figure(side["per_second"]) for side in sides), ""]),
                 ("  p50 ms", [*(figure(side["p50_ms"]) for side in sides), figure(ratio["p50_ms"])]),
                 ("  CPU µs of all processes", [*(figure(side["cpu_us"]) for side in sides), figure(ratio["cpu_us"])]),
                 ("  not 2xx", [*(f"{side['refused']:.0f}" for side in sides), ""])]
    notes = f"first: before the others were there; it took {figures['seed_seconds']:.0f} s to put them in"
    return [table(rows, head), notes, targets(_targets(figures))]


def _targets(figures):
    for at, ratio in figures["ratio"].items():
        for cost, name in zip(COSTS, ("p50", "CPU")):
            yield (f"{name} of a purchase at {at}, many / few", ratio[cost], f"< {SAME}", "", ratio[cost] < SAME)
