"""Redocly and Spectral find nothing in the OpenAPI documents. `make contracts` runs this: it installs npm packages."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from stack import SERVICES

ROOT = Path(__file__).resolve().parents[2]
LINTERS = Path(__file__).parent / "linters"

pytestmark = pytest.mark.skipif("CONTRACT_EXAMPLES" not in os.environ or not shutil.which("npm"),
                                reason="only `make contracts` runs this, where npm is installed")


@pytest.fixture(scope="module")
def linters(tmp_path_factory):
    folder = tmp_path_factory.mktemp("linters")
    shutil.copytree(LINTERS, folder, dirs_exist_ok=True)
    done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=folder, capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return folder


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("command", [
    ["redocly", "lint", "--config", "redocly.yaml", "--max-problems", "20"],
    ["spectral", "lint", "--ruleset", "spectral.yaml", "--fail-severity", "hint"]], ids=lambda command: command[0])
def test_a_linter_finds_nothing(linters, service, command):
    done = subprocess.run([linters / "node_modules/.bin" / command[0], *command[1:],
                           ROOT / f"docs/api/{service}.openapi.json"], cwd=linters, capture_output=True, text=True,
                          check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 0 and "warning" not in said.replace("Deprecation warning", ""), said[-3000:]
