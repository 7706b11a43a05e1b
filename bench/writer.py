"""What db-svc counts of its batches."""

import re
import urllib.request


def batches(db_svc):
    """(batches, commands in them) of the writer so far; None if it does not count them."""
    with urllib.request.urlopen(f"{db_svc.url}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    found = [re.search(rf"^writer_{what}(?:_total)? (\S+)$", text, re.MULTILINE) for what in ("batches", "commands")]
    return [float(match.group(1)) for match in found] if all(found) else None


def mean_batch(before, after):
    if before is None or after is None or after[0] == before[0]:
        return None
    return (after[1] - before[1]) / (after[0] - before[0])
