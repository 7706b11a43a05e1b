"""compose.yaml promises the same as make up: the same ports by the same settings."""

import hashlib
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from stack import DEFAULT_PORTS, SERVICES

ROOT = Path(__file__).resolve().parents[2]

HOST_PORTS = {
    "kafka": ["KAFKA_PORT"],
    "mongo": ["MONGO_PORT"],
    "mailpit": ["SMTP_PORT", "INBOX_PORT"],
    "provider": ["PROVIDER_PORT"],
    **{service: [setting] for service, setting in SERVICES.items()},
}


@pytest.fixture(scope="module")
def services():
    return yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]


def test_it_has_the_parts_and_the_services(services):
    assert set(services) == set(HOST_PORTS)


@pytest.mark.parametrize("name", HOST_PORTS)
def test_it_listens_on_loopback_where_make_up_does(services, name):
    published = [re.fullmatch(r"127\.0\.0\.1:\$\{(\w+):-(\d+)\}:\d+", port).groups()
                 for port in services[name]["ports"]]
    assert published == [(setting, str(DEFAULT_PORTS[setting])) for setting in HOST_PORTS[name]]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_listens_inside_on_the_port_that_is_published(services, name):
    assert services[name]["ports"][0].rpartition(":")[2] == services[name]["environment"]["PORT"]


@pytest.mark.parametrize("name", SERVICES)
def test_every_setting_given_to_a_service_is_one_it_knows(services, built, name):
    known = subprocess.run([built / name / name, "--print-settings"], capture_output=True, text=True,
                           check=True).stdout
    for setting in services[name]["environment"]:
        assert re.search(rf"\b{setting}\b", known), f"{name} does not know {setting}"


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_waits_for_exists_and_tells_its_health(services, name):
    for part, when in services[name]["depends_on"].items():
        assert when == {"condition": "service_healthy"}
        assert "healthcheck" in services[part]


@pytest.mark.parametrize("name", HOST_PORTS)
def test_what_dies_is_started_again(services, name):
    assert services[name]["restart"] == "unless-stopped"


def test_the_demo_key_is_demo():
    name, digest, scopes = (ROOT / "deploy" / "demo-api-keys").read_text().strip().split(":")
    assert (name, digest) == ("demo", hashlib.sha256(b"demo").hexdigest())
    assert scopes.split(",") == ["admin", "sell", "hold", "gate", "attend", "notify", "read"]
