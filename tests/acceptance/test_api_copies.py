"""docs/api is what is served, and what was released only grows."""

import copy
import json
import subprocess
from pathlib import Path

import pytest

from support.growth import shrunk

ROOT = Path(__file__).resolve().parents[2]
COPIES = {"db-svc.openapi.json": ("db-svc", "openapi"), "tickets-svc.openapi.json": ("tickets-svc", "openapi"),
          "attendees-svc.openapi.json": ("attendees-svc", "openapi"), "notify-svc.openapi.json": ("notify-svc", "openapi"),
          "payments-svc.openapi.json": ("payments-svc", "openapi"), "asyncapi.json": ("db-svc", "asyncapi")}


@pytest.mark.parametrize("name", COPIES)
def test_the_copy_is_what_the_service_prints(built, name):
    service, which = COPIES[name]
    printed = subprocess.run([built / service / service, f"--print-{which}"], check=True, capture_output=True).stdout
    assert (ROOT / "docs/api" / name).read_bytes() == printed, "run `make api-copies`"


def released(name):
    """The copy of the last release, or None."""
    tag = subprocess.run(["git", "-C", ROOT, "describe", "--tags", "--abbrev=0", "--match", "v*"], capture_output=True,
                         text=True, check=False).stdout.strip()
    shown = subprocess.run(["git", "-C", ROOT, "show", f"{tag}:docs/api/{name}"], capture_output=True, check=False)
    return json.loads(shown.stdout) if tag and shown.returncode == 0 else None


@pytest.mark.parametrize("name", COPIES)
def test_what_was_released_only_grows(name):
    before = released(name)
    if before is None:
        pytest.skip("nothing is released yet")
    assert shrunk(before, json.loads((ROOT / "docs/api" / name).read_text())) == []


def change(document, how):
    newer = copy.deepcopy(document)
    how(newer)
    return shrunk(document, newer)


def test_what_shrinks_is_noticed_and_what_grows_is_not():
    document = json.loads((ROOT / "docs/api/tickets-svc.openapi.json").read_text())
    order, taken = (lambda new: new["components"]["schemas"]["order"]), \
        (lambda new: new["components"]["schemas"]["order_input"])
    assert change(document, lambda new: order(new)["properties"].update(more={"type": "string"})) == []
    assert change(document, lambda new: order(new)["required"].append("external_id")) == []
    assert change(document, lambda new: order(new)["properties"].pop("total"))
    assert change(document, lambda new: order(new)["required"].remove("total"))
    assert change(document, lambda new: taken(new)["required"].append("external_id"))
    assert change(document, lambda new: new["paths"].pop("/v1/events/{event_id}/orders"))
    assert change(document, lambda new: order(new)["properties"]["version"].update(type="string"))
