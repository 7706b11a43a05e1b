"""What a purchase costs beside what is stored already, for the points that store more and more."""

from report import figure
from sales import COUNTED, counted, refused

CONNECTIONS = (1, 64)
SAME = 1.25  # within what two equal measurements differ on a shared machine
COSTS = {"p50_ms": "p50", "cpu_us": "CPU"}


def point(stack, shop, seconds):
    """Figures by number of connections."""
    found = {}
    for connections in CONNECTIONS:
        purchases, used = counted(stack, COUNTED, lambda at=connections: shop.purchases(at, seconds))
        found[str(connections)] = {
            "per_second": purchases["per_second"], "p50_ms": purchases["p50_ms"], "refused": refused(purchases),
            "cpu_us": sum(us or 0 for us in used.values()) / max(purchases["ok"], 1)}
    return found


def mean(points):
    return {at: {name: sum(each[at][name] for each in points) / len(points) for name in points[0][at]}
            for at in points[0]}


def ratios(few, many):
    return {at: {cost: many[at][cost] / few[at][cost] for cost in COSTS} for at in few}


def rows_of(sides, ratio):
    """Of a table that has a column for each side, and one for the ratio."""
    rows = []
    for at in ratio:
        here = [side[at] for side in sides]
        rows += [(f"{at} connection{'' if at == '1' else 's'}: purchases a second",
                  [*(figure(side["per_second"]) for side in here), ""]),
                 ("  p50 ms", [*(figure(side["p50_ms"]) for side in here), figure(ratio[at]["p50_ms"])]),
                 ("  CPU µs of all processes", [*(figure(side["cpu_us"]) for side in here), figure(ratio[at]["cpu_us"])]),
                 ("  not 2xx", [*(f"{side['refused']:.0f}" for side in here), ""])]
    return rows


def targets_of(ratio):
    for at, costs in ratio.items():
        for cost, name in COSTS.items():
            yield f"{name} of a purchase at {at}, many / few", costs[cost], f"< {SAME}", "", costs[cost] < SAME
