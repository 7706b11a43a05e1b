"""Breaks the code on purpose, one small way at a time, and holds that a suite, or the simulator, notices.

A mutant that nobody notices is a hole in the tests: the exit code says so. `make mutants`.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from simulated import SEEDS, SIMULATED
from table import MUTANTS

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = shutil.ignore_patterns(".git", "var", "build-*", "__pycache__", ".pytest_cache")
PATIENCE_S = 300


def make(tree, *targets):
    return subprocess.run(["make", "-s", *targets], cwd=tree, capture_output=True, text=True, timeout=PATIENCE_S)


def runs(tree, command):
    """Whether the command succeeds, within its time."""
    try:
        return subprocess.run(command, cwd=tree, capture_output=True, timeout=PATIENCE_S).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def notices(tree, right, commands):
    """Which of the commands fails, the first being 1; 0 if none does. `right`: the same program from right code,
    which has to succeed there."""
    return next((number for number, command in enumerate(commands, 1)
                 if not runs(tree, command) and runs(tree, [right, *command[1:]])), 0)


BROKEN = -1


def outcome(tree, edits, target, commands):
    """What becomes of wrong code: as notices(), or BROKEN. The tree is as before afterwards."""
    good = tree.parent / "right"
    if make(tree, target).returncode != 0:
        return BROKEN
    shutil.copy2(tree / target, good)
    before = {file: (tree / file).read_text() for file, _, _ in edits}
    try:
        for file, right, wrong in edits:
            (tree / file).write_text((tree / file).read_text().replace(right, wrong))
        built = make(tree, target)
        if built.returncode != 0:
            print(built.stderr, file=sys.stderr)
            return BROKEN
        return notices(tree, good, commands)
    finally:
        for file, text in before.items():
            (tree / file).write_text(text)


def trials():
    """What is wrong, the edits, the program that notices it, and how it is run, until it does."""
    for mutant in MUTANTS:
        suite = f"build/tests/{mutant.suite}"
        yield mutant.what, ((mutant.file, mutant.right, mutant.wrong),), suite, [[suite]]
    for mutant in SIMULATED:
        program = "build/tests/simulation/simulate"
        yield mutant.what, mutant.edits, program, [[program, str(seed), str(mutant.commands), mutant.faults]
                                                   for seed in range(1, SEEDS + 1)]


def main():
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("only", nargs="?", default="", help="only mutants of files whose path contains this")
    only = parser.parse_args().only
    mutants = [trial for trial in trials() if any(only in file for file, _, _ in trial[1])]
    noticed = 0
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(ROOT, tree, ignore=LEFT_OUT)
        for number, (what, edits, target, commands) in enumerate(mutants, 1):
            which = outcome(tree, edits, target, commands)
            noticed += which > 0
            became = "does not build" if which == BROKEN else "noticed " if which else "SURVIVES"
            tries = f" (seed {which})" if which > 0 and len(commands) > 1 else ""
            print(f"{number}/{len(mutants)} {became} {edits[0][0]}: {what}{tries}", flush=True)
    print(f"{noticed} of {len(mutants)} noticed")
    return 0 if noticed == len(mutants) else 1


if __name__ == "__main__":
    sys.exit(main())
