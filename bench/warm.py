"""Until what is measured no longer becomes cheaper: the broker and Node compile what they do often."""

from seeds import size

SLICE_S = 2
SAME = 0.05
BUSY = 256  # under which a compiler has the most to learn from


def warm(cost, most=None, slice_s=SLICE_S):
    """Measures cost(seconds) until two in turn differ by less than SAME, at most for so many seconds; the costs."""
    most = size("BENCH_WARM_UP", 30) if most is None else most
    costs = []
    while len(costs) * slice_s < most and not _alike(costs[-2:]):
        costs.append(cost(min(slice_s, most)))
    return costs


def _alike(costs):
    return len(costs) == 2 and abs(costs[1] - costs[0]) < SAME * costs[0]


def told(costs):
    """How it went, as a sentence."""
    how = "warm" if _alike(costs[-2:]) else "still becoming warmer"
    return f"{how} after {len(costs) * SLICE_S} s of purchases at {BUSY} connections"
