"""What db-svc counts of its batches."""

import re
import urllib.request


def counted_of(db_svc, what):
    """What the writer has counted so far; None if it does not count that."""
    with urllib.request.urlopen(f"{db_svc.url}/metrics", timeout=5) as answer:
        found = re.search(rf"^writer_{what}(?:_total)? (\S+)$", answer.read().decode(), re.MULTILINE)
    return float(found.group(1)) if found else None


def batches(db_svc):
    """(batches, commands in them) of the writer so far; None if it does not count them."""
    found = [counted_of(db_svc, what) for what in ("batches", "commands")]
    return None if None in found else found


def mean_batch(before, after):
    if before is None or after is None or after[0] == before[0]:
        return None
    return (after[1] - before[1]) / (after[0] - before[0])
