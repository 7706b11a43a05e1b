"""docs/guide.md, from top to bottom: every command runs as printed, and prints what stands below it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from stack.installed import ROOT

BETWEEN = "-- the next block --"


def blocks():
    """(commands, what they print) pairs, in order."""
    return re.findall(r"```sh\n(.*?)```\n\n```\n(.*?)```", (ROOT / "docs" / "guide.md").read_text(), re.DOTALL)


@pytest.mark.skipif(not all(map(shutil.which, ("curl", "jq", "kcat"))), reason="curl, jq or kcat is not installed")
def test_the_guide_prints_what_it_says(stack):
    ports = {9092: stack.ports["KAFKA_PORT"], 8080: stack.ports["DB_PORT"], 8081: stack.ports["TICKETS_PORT"]}
    script = f"echo '{BETWEEN}'\n".join(commands for commands, _ in blocks())
    script = re.sub(r"localhost:(\d+)", lambda at: f"127.0.0.1:{ports[int(at[1])]}", script)
    done = subprocess.run(["bash", "-uo", "pipefail", "-c", script], capture_output=True, text=True, check=False, timeout=600,
                          env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"})
    printed = done.stdout.split(f"{BETWEEN}\n")
    for (commands, expected), got in zip(blocks(), printed, strict=True):
        assert re.fullmatch(re.escape(expected).replace("…", r"\S+"), got), f"{commands}\n{got}\n{done.stderr}"


OF_EXAMPLES = {"js": "nestjs/buy.js", "java": "spring/Buy.java", "ts": "typescript/src/buy.ts"}


@pytest.mark.parametrize(("language", "example"), OF_EXAMPLES.items())
def test_the_lines_of_an_example_are_those_that_are_tested(language, example):
    [shown] = re.findall(rf"```{language}\n(.*?)```", (ROOT / "docs" / "guide.md").read_text(), re.DOTALL)
    tested = {line.strip() for line in (ROOT / "examples" / example).read_text().splitlines()}
    lines = [line.strip() for line in shown.splitlines() if line.strip() not in ("", "…")]
    assert 8 <= len(lines) <= 18 and [line for line in lines if line not in tested] == []


def test_every_command_of_the_guide_says_what_it_prints():
    text = (ROOT / "docs" / "guide.md").read_text()
    assert len(blocks()) == text.count("```sh\n") > 5
