"""Alert rules and the dashboard: promtool finds nothing wrong, and what they ask for is what the services tell."""

import json
import re
import shutil
import subprocess

import pytest
from stack import SERVICES
from stack.installed import ROOT

from support import Rest, created, eventually, insist, on_sale, order_body, path, settled

FOLDER = ROOT / "deploy" / "observability"
PROMTOOL = shutil.which("promtool")
OF_PROMETHEUS = {"up"}
WORDS = {"sum", "max", "abs", "by", "rate", "increase", "histogram_quantile"}


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")
@pytest.mark.parametrize("command", [("check", "config", "prometheus.yml"), ("check", "config", "compose.yml"), ("check", "rules", "alerts.yml"),
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


def families(stack):
    """Every metric that a service tells, by its name in the text, with the services that do."""
    found = {}
    for service in SERVICES:
        for line in Rest(stack[service].url).get("/metrics").text.splitlines():
            if line.startswith("# TYPE "):
                found.setdefault(line.split()[2], set()).add(service)
    return found


def test_the_handbook_lists_every_metric_and_no_other(stack, db, notify):
    on_sale(db)
    text = (ROOT / "docs/operations.md").read_text()
    table = re.search(r"\| metric \| .*?\n\|[-|]+\n(.*?)\n\n", text, re.DOTALL).group(1)
    listed = {name for line in table.splitlines()
              for name in re.findall(r"`([a-z_]+)(?:\{[^`]*\})?`", line.split("|")[1])}
    told = set(families(stack))
    of_python = {name for name in told if name.startswith("process_")}
    assert listed - {name for name in listed if name.startswith("process_")} == told - of_python


def values(service, name, **labels):
    """The values of a metric's series that have these labels."""
    found = []
    for line in Rest(service.url).get("/metrics").text.splitlines():
        match = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
        if match and match[1] == name and dict(re.findall(r'(\w+)="([^"]*)"', match[2] or "")).items() >= labels.items():
            found.append(float(match[3]))
    return found


def value(service, name, **labels):
    return sum(values(service, name, **labels))


def test_commands_are_counted_by_type_and_outcome(stack, db, tickets):
    service = stack["db-svc"]
    event, kind = on_sale(db)
    before = {outcome: value(service, "commands_total", type="order.place", outcome=outcome)
              for outcome in ("done", "refused", "repeated")}
    batches = value(service, "writer_batch_commands_count"), value(service, "writer_commit_duration_seconds_count")
    order = order_body((kind, 1))
    answer = insist(tickets, path(event, "orders"), order)
    created(answer)
    created(settled(tickets, path(event, "orders"), order, key=answer.headers["Idempotency-Key"]))
    assert insist(tickets, path(event, "orders"), order_body((kind, 100))).status_code == 409
    for outcome in before:
        eventually(lambda outcome=outcome: value(service, "commands_total", type="order.place", outcome=outcome)
                   >= before[outcome] + 1)
    assert value(service, "writer_batch_commands_count") > batches[0]
    assert value(service, "writer_commit_duration_seconds_count") > batches[1]
    assert abs(value(service, "clock_skew_seconds")) < 60


def test_what_waits_for_the_writer_is_seen(stack, db, tickets, bus):
    service = stack["db-svc"]
    event, kind = on_sale(db)
    eventually(lambda: value(service, "writer_lag", topic="tickets.commands") == 0)
    stack["database"].kill()
    eventually(lambda: Rest(service.url).get("/readyz").status_code == 503)
    bus.send("order.place", {"event_id": event["id"], **order_body((kind, 1))}, key=event["id"])
    eventually(lambda: value(service, "writer_lag", topic="tickets.commands") >= 1, within=20)
    eventually(lambda: value(service, "writer_oldest_command_age_seconds") > 0, within=20)
    stack["database"].start()
    eventually(lambda: value(service, "writer_lag", topic="tickets.commands") == 0, within=20)
    eventually(lambda: value(service, "writer_oldest_command_age_seconds") == 0, within=20)
    eventually(lambda: Rest(service.url).get("/readyz").status_code == 200, within=20)


def test_payments_svc_counts_what_it_asks_and_tells(stack, payments, db, tickets):
    event, kind = on_sale(db)
    before = value(stack["payments-svc"], "kafka_requests_total", outcome="answered")
    order = created(insist(tickets, path(event, "orders"), order_body((kind, 1), hold_seconds=600)))
    assert created(insist(payments, path(event, "orders", order, "checkout")))
    assert value(stack["payments-svc"], "kafka_requests_total", outcome="answered") > before
    assert values(stack["payments-svc"], "kafka_requests_pending") != []
    assert values(stack["payments-svc"], "payments_told_total", type="payment.succeeded") != []
