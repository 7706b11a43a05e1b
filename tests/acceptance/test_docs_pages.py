"""/docs of every service: its document in a viewer that calls no other host, or else a plain page that links it."""

import os
import re
import subprocess

import pytest
from stack import SERVICES
from stack.installed import VIEWER

from support import CHROMIUM, Rest, eventually

PAGES = [*((service, "/docs", "openapi.json") for service in SERVICES), ("db-svc", "/docs/kafka", "../asyncapi.json")]
# What the document says, and the page that carries the viewer does not.
SAYS = {"/docs": "a new attempt takes a new key", "/docs/kafka": "payments.events-dlt"}
has_viewer = pytest.mark.skipif(not VIEWER.exists(), reason="the viewer was not fetched: make viewer")


DOCUMENTS = [*((service, "/openapi.json") for service in SERVICES if service != "payments-svc"),
             ("db-svc", "/asyncapi.json")]
TIMES = 300
LEAST_S = 0.05  # what is less is too little to measure
DEARER = 8  # a large body costs up to twice as much as a small one; made anew it costs 24 times as much and more


def processor_s(process):
    """What it has taken of the processor so far."""
    with open(f"/proc/{process.pid}/stat", encoding="ascii") as file:
        user, system = file.read().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize(("service", "address"), DOCUMENTS)
def test_whoever_asks_for_the_document_again_and_again_holds_up_nobody(stack, service, address):
    rest = Rest(stack[service].url)
    first = rest.get(address).content

    def costs(asked):
        before = processor_s(stack[service].process)
        for _ in range(TIMES):
            assert rest.get(asked).status_code == 200
        return max(processor_s(stack[service].process) - before, LEAST_S)
    assert rest.get(address).content == first
    assert costs(address) < DEARER * costs("/livez"), "it is made anew each time"


@pytest.fixture(scope="module", params=PAGES, ids=lambda page: f"{page[0]}{page[1]}")
def page(request):
    return request.param


@has_viewer
def test_the_page_loads_the_viewer_from_its_own_host(stack, page):
    service, address, document = page
    rest = Rest(stack[service].url)
    answer = rest.get(address)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert f'spec-url="{document}"' in answer.text and 'disable-telemetry="true"' in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'") and "http" not in policy and "*" not in policy
    script = rest.get("/docs/redoc.standalone.js")
    assert (script.status_code, script.headers["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    assert script.content == VIEWER.read_bytes()


@has_viewer
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")
@pytest.mark.parametrize("address", SAYS)
def test_a_browser_that_reaches_no_other_host_shows_the_document(stack, tmp_path, address):
    def shown():
        done = subprocess.run(
            [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync",
             "--disable-background-networking", "--disable-component-update", f"--user-data-dir={tmp_path / 'profile'}",
             "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--virtual-time-budget=20000", "--dump-dom",
             stack["db-svc"].url + address], capture_output=True, text=True, check=False, timeout=300)
        return re.sub(r"<(script|style).*?</\1>", "", done.stdout, flags=re.DOTALL)
    eventually(lambda: SAYS[address] in shown(), within=30, every=1)


def test_without_the_viewer_a_plain_page_links_the_document(stack):
    for kind in ("db-svc", "payments-svc"):
        plain = stack.add_service(kind, DOCS_VIEWER="")
        plain.start()
        try:
            rest = Rest(plain.url)
            answer = rest.get("/docs")
            assert answer.status_code == 200 and 'href="openapi.json"' in answer.text and "<script" not in answer.text
            assert rest.get("/docs/redoc.standalone.js").status_code == 404
        finally:
            plain.stop()


def test_a_page_asks_for_a_key_where_documents_do(stack, tmp_path):
    keys = tmp_path / "keys"
    keys.write_text(f"office:{'0' * 64}:admin\n")
    for asked, status in (("0", 200), ("1", 401)):
        guarded = stack.add_service("notify-svc", API_KEYS_FILE=str(keys), METRICS_KEY_REQUIRED=asked)
        guarded.start()
        try:
            rest = Rest(guarded.url)
            assert {rest.get(address).status_code for address in ("/docs", "/openapi.json")} == {status}
        finally:
            guarded.stop()
