"""The pages that lead through the system: every command runs as printed, and prints what stands below it."""

import re
import shutil

import pytest
from stack.installed import ROOT

from support import run_printed

BETWEEN = "-- the next block --"
PAGES = ("guide.md", "organisers.md")


def blocks(page):
    """(commands, what they print) pairs, in order."""
    return re.findall(r"```sh\n(.*?)```\n\n```\n(.*?)```", (ROOT / "docs" / page).read_text(), re.DOTALL)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.skipif(not all(map(shutil.which, ("curl", "jq", "kcat"))), reason="curl, jq or kcat is not installed")
def test_a_page_prints_what_it_says(stack, page):
    done = run_printed(stack, f"echo '{BETWEEN}'\n".join(commands for commands, _ in blocks(page)), flags="-uo")
    printed = done.stdout.split(f"{BETWEEN}\n")
    for (commands, expected), got in zip(blocks(page), printed, strict=True):
        assert re.fullmatch(re.escape(expected).replace("…", r"\S+"), got), f"{commands}\n{got}\n{done.stderr}"


OF_EXAMPLES = {"js": "nestjs/buy.js", "java": "spring/Buy.java", "ts": "typescript/src/buy.ts"}


@pytest.mark.parametrize(("language", "example"), OF_EXAMPLES.items())
def test_the_lines_of_an_example_are_those_that_are_tested(language, example):
    [shown] = re.findall(rf"```{language}\n(.*?)```", (ROOT / "docs" / "guide.md").read_text(), re.DOTALL)
    tested = {line.strip() for line in (ROOT / "examples" / example).read_text().splitlines()}
    lines = [line.strip() for line in shown.splitlines() if line.strip() not in ("", "…")]
    assert 8 <= len(lines) <= 18 and [line for line in lines if line not in tested] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_says_what_it_prints(page):
    text = (ROOT / "docs" / page).read_text()
    assert len(blocks(page)) == text.count("```sh\n") > 5
