"""The campaign in short, with seeds that are always the same, another each day. `make faults` is the long one."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SEEDS = 10
SECONDS_A_DAY = 86400


@pytest.fixture
def seed():
    return 1 + int(time.time()) // SECONDS_A_DAY % SEEDS


def test_a_short_campaign_finds_nothing(built, seed):
    campaign = subprocess.run(
        [sys.executable, ROOT / "tests" / "campaign", "--build", built, "--seed", str(seed), "--minutes", "1"],
        env={**os.environ, "PYTHONPATH": ":".join(str(ROOT / folder) for folder in (
            "tests/acceptance", "tests/faults", "deploy/local"))},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert campaign.returncode == 0, campaign.stdout
    summary = re.search(r"(\d+) sales, .* (\d+) faults", campaign.stdout)
    assert all(int(n) > 0 for n in summary.groups()), campaign.stdout
