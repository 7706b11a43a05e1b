"""Alert rules and the dashboard: promtool finds nothing wrong, and what they ask for is what the services tell."""

import json
import re
import shutil
import subprocess

import pytest
from stack import SERVICES
from stack.installed import ROOT

from support import Rest, on_sale

FOLDER = ROOT / "deploy" / "observability"
PROMTOOL = shutil.which("promtool")
OF_PROMETHEUS = {"up"}
WORDS = {"sum", "by", "rate", "increase", "histogram_quantile"}


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")
@pytest.mark.parametrize("command", [("check", "config", "prometheus.yml"), ("check", "rules", "alerts.yml"),
                                     ("test", "rules", "alerts_test.yml")], ids=" ".join)
def test_promtool_finds_nothing_wrong(command):
    done = subprocess.run([PROMTOOL, *command], cwd=FOLDER, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def asked():
    """(metric, the labels asked of it) of all expressions."""
    panels = json.loads((FOLDER / "dashboard.json").read_text())["panels"]
    text = (FOLDER / "alerts.yml").read_text()
    rules = re.findall(r"expr: (?:>\n)?((?:.|\n)*?)\n +(?:for|labels):", text)
    assert len(rules) == text.count("- alert:")
    for expression in [*rules, *(target["expr"] for panel in panels for target in panel["targets"])]:
        bare = re.sub(r"\bby \(.*?\)|\{.*?\}|\[.*?\]", "", expression)
        yield from (name for name in re.findall(r"[a-z_]{2,}", bare) if name not in WORDS | OF_PROMETHEUS)


def test_every_metric_that_is_asked_for_is_told(db, stack):
    on_sale(db)
    told = set()
    for service in SERVICES:
        for line in Rest(stack[service].url).get("/metrics").text.splitlines():
            name = line.split()[2] if line.startswith("# TYPE ") else re.split(r"[{ ]", line)[0]
            told.add(name)
    assert len(set(asked())) > 10
    assert set(asked()) <= told, set(asked()) - told
