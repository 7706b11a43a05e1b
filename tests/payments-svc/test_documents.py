"""The pinned packages, and the documents."""

import re
from pathlib import Path

from payments.asyncapi import asyncapi
from payments.openapi import document
from payments.pages import page
from payments.routes import ROUTES

ROOT = Path(__file__).resolve().parents[2]


def pins(path):
    return dict(re.findall(r"^([\w-]+)==(\S+)", (ROOT / path).read_text(), re.MULTILINE))


def test_a_package_has_one_release_in_the_whole_tree():
    ours, theirs = pins("payments-svc/requirements.txt"), pins("deploy/local/requirements.txt")
    assert {name: ours[name] for name in ours.keys() & theirs.keys()} == \
        {name: theirs[name] for name in ours.keys() & theirs.keys()}


def test_every_route_is_described_with_its_scopes():
    described = document(ROUTES)
    assert described["openapi"].startswith("3.1")
    checkout = described["paths"]["/v1/events/{event_id}/orders/{order_id}/checkout"]["post"]
    assert checkout["security"] == [{"key": ["admin"]}, {"key": ["sell"]}, {"key": ["hold"]}]
    assert described["paths"]["/v1/webhooks/stripe"]["post"]["security"] == []
    assert all("/checkout" not in path or path in page(described) for path in described["paths"])
    assert asyncapi()["asyncapi"] == "3.0.0"
