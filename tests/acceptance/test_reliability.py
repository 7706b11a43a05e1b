"""docs/reliability.md speaks of tests that there are."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SUITES = ROOT / "tests" / "db-svc" / "store"


def _table(heading):
    section = (ROOT / "docs" / "reliability.md").read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    return [line.split("|")[1:-1] for line in section.splitlines() if line.startswith("|")][2:]


def _tests(pattern):
    return {name for file in SUITES.glob(pattern) for name in re.findall(r"START_TEST\((\w+)\)", file.read_text())}


def test_each_behaviour_of_mongodb_has_a_test_by_name():
    named = [set(re.findall(r"`(\w+)`", cells[-1])) for cells in _table("What MongoDB does")]
    assert len(named) > 20 and all(named)
    assert set.union(*named) <= _tests("check_store*_real.c")
    assert _tests("check_store_mongodb_real.c") <= set.union(*named)
