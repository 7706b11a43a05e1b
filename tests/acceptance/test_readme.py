"""The lines of the README work as printed, on the ports of this stack."""

import re
import shutil

import pytest
from stack.installed import ROOT

from support import run_printed


@pytest.fixture
def shell(stack):
    """Runs the blocks of a README's chapters one after the other in one shell."""
    missing = [program for program in ("curl", "jq", "kcat") if not shutil.which(program)]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    readme = (ROOT / "README.md").read_text()

    def run(*chapters):
        lines = []
        for chapter in chapters:
            text = readme.partition(f"## {chapter}\n")[2].partition("\n## ")[0]
            lines += re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
        done = run_printed(stack, "".join(lines), within=300)
        assert done.returncode == 0, done.stderr
        return done.stdout
    return run


def test_a_sale_by_curl_and_one_by_kcat(shell, bus):
    replies, facts = bus.follow("tickets.commands.reply"), bus.follow("tickets.facts")
    told = re.sub(r"\s+", "", shell("A first sale", "The same sale over Kafka"))
    assert '"published"' in told
    assert '"status":"paid"' in told
    assert '"total":{"amount":5000,"currency":"EUR"}' in told
    assert '{"sold":2,"available":98}' in told

    reply = replies.find(lambda record: record.header("kafka_correlationId") == "4711")
    assert (reply.status, reply.json["total"]["amount"]) == (201, 2500)
    fact = facts.find(lambda record: record.json.get("order_id") == reply.json["id"])
    assert (fact.type, fact.json["stock"][0]["sold"]) == ("order.placed", 3)
    assert fact.json["event_id"] in told


def test_a_sale_that_is_paid_and_given_back(shell, inbox):
    told = re.sub(r"\s+", "", shell("A first sale", "A sale that is paid"))
    assert '"tickets":true' in told
    assert '"amount":{"amount":5000,"currency":"EUR"}' in told
    assert inbox.wait_for("ana@example.org", within=30)
    assert told.endswith("true")
