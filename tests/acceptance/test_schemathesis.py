"""Requests made up from the documents: no 5xx, and every answer is as its document says."""

import os
import subprocess
import sys

import pytest

from support import created, event_body, path, ticket_type_body
from support.contract import PARTS

SERVICES = ("db-svc", "tickets-svc", "attendees-svc", "notify-svc", "payments-svc")
EXAMPLES = os.environ.get("CONTRACT_EXAMPLES", "2")  # `make contracts` asks for more
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# What never ends, and what waits for others, is for tests of its own.
ENDLESS = "/stream$|/facts$|/reconciliation$"


@pytest.mark.parametrize("service", SERVICES)
def test_no_request_that_the_document_allows_or_forbids_breaks_a_service(db, stack, service):
    event = created(db.post("/v1/events", event_body(name="fuzzed")))
    created(db.post(path(event, "ticket-types"), ticket_type_body()))
    done = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "run", f"{stack[service].url}/openapi.json", "--max-examples", EXAMPLES,
         "--phases", "fuzzing", "--mode", "all", "--checks", CHECKS, "--exclude-path-regex", ENDLESS, "--seed", "1",
         "--no-color", "--request-timeout", "30", "--suppress-health-check", "all"],
        env={**os.environ, "PYTHONPATH": str(PARTS / "contracts")}, capture_output=True, text=True, check=False,
        timeout=3600)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
