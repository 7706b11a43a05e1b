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


OBSERVABILITY = {"prometheus": 9090, "grafana": 3000, "jaeger": 16686}


@pytest.fixture(scope="module")
def everything():
    return yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]


@pytest.fixture(scope="module")
def services(everything):
    """Those that start by themselves."""
    return {name: part for name, part in everything.items() if "profiles" not in part}


def test_it_has_the_parts_and_the_services(services):
    assert set(services) == set(HOST_PORTS)


def test_what_observes_is_a_profile_of_its_own(everything, services):
    observing = {name: part for name, part in everything.items() if name not in services}
    assert set(observing) == set(OBSERVABILITY)
    for name, part in observing.items():
        assert part["profiles"] == ["observability"]
        assert part["ports"] == [f"127.0.0.1:${{{name.upper()}_PORT:-{OBSERVABILITY[name]}}}:{OBSERVABILITY[name]}"]
        for volume in part.get("volumes", []):
            assert (ROOT / volume.split(":")[0]).exists(), volume


def test_prometheus_scrapes_every_service_at_its_port(services):
    config = yaml.safe_load((ROOT / "deploy/observability/compose.yml").read_text())
    targets = {group["labels"]["service"]: group["targets"] for group in config["scrape_configs"][0]["static_configs"]}
    assert targets == {name: [f"{name}:{services[name]['environment']['PORT']}"] for name in SERVICES}


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
