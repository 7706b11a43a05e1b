"""Whether a purchase costs the same with one event stored, with ten and with ten thousand."""

from growth import mean, point, ratios, rows_of, targets_of
from report import table, targets
from sales import warm_by
from seeds import Seeds, size
from shop import Shop
from warm import told

SOME = 10
ROUNDS = 2


def measure(setup):
    many_events = size("BENCH_EVENTS", 10_000)
    with setup.stack() as stack:
        stack.start()
        shop = Shop(stack, setup.programs)
        warm_up = warm_by(stack, shop)
        seeds = Seeds(stack, setup.programs)
        # In turn, so that what else the machine does meets all alike.
        rounds = [_round(stack, shop, seeds, many_events, setup.seconds) for _ in range(ROUNDS)]
        one, some, many = (mean([each[side] for each in rounds]) for side in range(3))
        return {"warm_up": warm_up, "events": many_events, "one": one, "some": some, "many": many,
                "ratio": ratios(one, many)}


def _round(stack, shop, seeds, many_events, seconds):
    seeds.remove_events()
    one = point(stack, shop, seconds)
    seeds.events(SOME - 1)
    some = point(stack, shop, seconds)
    seeds.events(many_events - SOME, first=SOME)
    return one, some, point(stack, shop, seconds)


def show(figures):
    head = ("events stored", ["1", f"{SOME}", f"{figures['events']:,}", "ratio"])
    rows = rows_of([figures[side] for side in ("one", "some", "many")], figures["ratio"])
    return [table(rows, head), "ratio: of the last to the first", targets(targets_of(figures["ratio"])),
            told(figures["warm_up"])]
