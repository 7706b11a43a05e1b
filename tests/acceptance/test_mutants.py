"""The list of mutants speaks of the code as it is."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "mutants"))

from simulated import SIMULATED  # noqa: E402
from table import MUTANTS  # noqa: E402


def source_of(suite):
    """Some suites of the real database run over the simulator's, too: their sources are the real ones'."""
    folder, _, name = suite.rpartition("/")
    room = "writer" if name.startswith("check_batch") else "store"
    return ROOT / "tests" / (f"db-svc/{room}/{name}_real.c" if folder == "simulation" else f"{suite}.c")


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.what)
def test_a_mutant_names_one_place_and_a_suite(mutant):
    assert (ROOT / mutant.file).read_text().count(mutant.right) == 1
    assert source_of(mutant.suite).exists()


@pytest.mark.parametrize("mutant", SIMULATED, ids=lambda mutant: mutant.what)
def test_a_simulated_mutant_names_its_places(mutant):
    for file, right, _ in mutant.edits:
        assert (ROOT / file).read_text().count(right) == 1
