"""Whether a purchase costs the same with ten and with a million orders of the event."""

from growth import mean, point, ratios, rows_of, targets_of
from report import table, targets
from sales import warm_by
from seeds import Seeds, size
from shop import Shop
from warm import told

FEW = 10
ROUNDS = 2


def measure(setup):
    many_orders = size("BENCH_ORDERS", 1_000_000)
    with setup.stack() as stack:
        stack.start()
        warm_up = warm_by(stack, Shop(stack, setup.programs))
        few, many = (Shop(stack, setup.programs) for _ in range(2))
        seeds = Seeds(stack, setup.programs)
        for shop in few, many:
            seeds.orders(shop.event_id, shop.type_id, FEW)
        before = point(stack, few, setup.seconds)
        took = seeds.orders(many.event_id, many.type_id, many_orders - FEW, first=FEW)
        # In turn, so that what else the machine does meets both alike.
        rounds = [(point(stack, few, setup.seconds), point(stack, many, setup.seconds)) for _ in range(ROUNDS)]
        few_mean, many_mean = (mean([each[side] for each in rounds]) for side in range(2))
        return {"warm_up": warm_up, "orders": many_orders, "seed_seconds": took, "before": before,
                "few": few_mean, "many": many_mean, "ratio": ratios(few_mean, many_mean)}


def show(figures):
    head = ("orders of the event", [f"{FEW}, first", f"{FEW}", f"{figures['orders']:,}", "ratio"])
    rows = rows_of([figures[side] for side in ("before", "few", "many")], figures["ratio"])
    notes = f"first: before the others were there; it took {figures['seed_seconds']:.0f} s to put them in"
    return [table(rows, head), notes, targets(targets_of(figures["ratio"])), told(figures["warm_up"])]
