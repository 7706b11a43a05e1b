"""Breaks the code on purpose, one small way at a time, and holds that a suite notices.

A mutant that no suite notices is a hole in the tests: the exit code says so. `make mutants`.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from table import MUTANTS

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = shutil.ignore_patterns(".git", "var", "build-*", "__pycache__", ".pytest_cache")
PATIENCE_S = 300


def make(tree, *targets):
    return subprocess.run(["make", "-s", *targets], cwd=tree, capture_output=True, text=True, timeout=PATIENCE_S)


def survives(tree, mutant):
    """Whether the suite passes although the code is wrong. The tree is as before afterwards."""
    path = tree / mutant.file
    text = path.read_text()
    path.write_text(text.replace(mutant.right, mutant.wrong))
    try:
        suite = f"build/tests/{mutant.suite}"
        built = make(tree, suite)
        if built.returncode != 0:
            sys.exit(f"{mutant.file}: the mutant does not build:\n{built.stderr}")
        try:
            return subprocess.run([suite], cwd=tree, capture_output=True, timeout=PATIENCE_S).returncode == 0
        except subprocess.TimeoutExpired:
            return False
    finally:
        path.write_text(text)


def main():
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("only", nargs="?", default="", help="only mutants of files whose path contains this")
    only = parser.parse_args().only
    mutants = [mutant for mutant in MUTANTS if only in mutant.file]
    survivors = 0
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(ROOT, tree, ignore=LEFT_OUT)
        for number, mutant in enumerate(mutants, 1):
            alive = survives(tree, mutant)
            survivors += alive
            print(f"{number}/{len(mutants)} {'SURVIVES' if alive else 'noticed '} {mutant.file}: {mutant.what}", flush=True)
    print(f"{len(mutants) - survivors} of {len(mutants)} noticed")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
