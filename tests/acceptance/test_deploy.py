"""What make install puts where, and the small shell programs of deploy/."""

import configparser
import http.server
import os
import re
import shutil
import stat
import subprocess
import threading
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from stack import SERVICES, free_port

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(("status", "expected"), [(200, 0), (503, 1)])
def test_a_container_is_healthy_if_its_service_is_ready(status, expected):
    class Service(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status if self.path == "/readyz" else 404)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Service) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert _healthy(server.server_port) == expected
        server.shutdown()


def test_a_container_without_a_listening_service_is_not_healthy():
    assert _healthy(free_port()) != 0


def _healthy(port):
    return subprocess.run([ROOT / "deploy" / "healthy"], env={**os.environ, "PORT": str(port)},
                          capture_output=True, check=False).returncode


def test_missing_packages_are_named_in_one_line_to_run(tmp_path):
    assert _missing(tmp_path, "# a comment\nbash\nno-such-package-a # why\nno-such-package-b\n") == \
        ["no-such-package-a", "no-such-package-b"]


@pytest.mark.parametrize(("release", "missing"),
                         [("12", ["a"]), ("13", ["a", "b"]), ("14", ["a", "b"]), (None, ["a", "b"])])
def test_a_package_that_a_later_release_has_is_asked_for_from_there_on(tmp_path, release, missing):
    assert _missing(tmp_path, "a\nb from=13 # why\n", release) == missing


def _missing(folder, packages, release="12"):
    """What deploy/packages/install says is missing where only bash is installed."""
    program = folder / "install"
    program.write_bytes((ROOT / "deploy" / "packages" / "install").read_bytes())
    program.chmod(0o755)
    (folder / "list").write_text(packages)
    (folder / "os-release").write_text("ID=debian\n" + (f'VERSION_ID="{release}"\n' if release else ""))
    tools = folder / "tools"
    tools.mkdir()
    (tools / "id").write_text("#!/bin/sh\necho 1000\n")
    (tools / "dpkg-query").write_text("#!/bin/sh\nfor last; do :; done\n[ $last = bash ] && printf installed\n")
    for tool in tools.iterdir():
        tool.chmod(0o755)
    done = subprocess.run([program, "list"], capture_output=True, text=True, check=False,
                          env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}",
                               "OS_RELEASE": str(folder / "os-release")})
    assert done.returncode == 1
    return done.stderr.splitlines()[-1].partition("--no-install-recommends ")[2].split()


def test_every_name_of_a_time_zone_is_there():
    """Debian 13 has the older ones, such as CET and US/Pacific, in a package of their own."""
    assert "tzdata-legacy from=13" in _packages("build")
    assert re.search(r"install .* tzdata-legacy ", (ROOT / "deploy" / "Dockerfile").read_text())


def _packages(name):
    lines = (ROOT / "deploy" / "packages" / name).read_text().splitlines()
    return [line.split("#")[0].strip() for line in lines]


@pytest.mark.parametrize("python", ["3.11", "3.13"])
def test_there_is_a_database_for_the_python_of_each_release(python):
    lines = (ROOT / "deploy" / "local" / "requirements.txt").read_text().splitlines()
    [stand_in] = [Requirement(line) for line in lines if line.startswith("SecantusDB")]
    assert stand_in.marker is None or stand_in.marker.evaluate({"python_version": python})


def test_no_package_is_one_release_only():
    """Each name is in Debian 12 and 13: a Java has its number in its name."""
    lists = (ROOT / "deploy" / "packages").iterdir()
    names = {line.split("#")[0].strip() for file in lists if file.name != "install"
             for line in file.read_text().splitlines()} - {""}
    assert {"default-jre-headless", "gcc", "librdkafka-dev"} <= names
    assert not [name for name in names if name.startswith("openjdk-")]


def test_images_are_of_the_release_whose_libraries_are_safer():
    for file, count in (("Dockerfile", 3), ("payments.Dockerfile", 4)):
        images = re.findall(r"^FROM (\S+)", (ROOT / "deploy" / file).read_text(), re.MULTILINE)
        assert images == ["debian:trixie-slim"] * count


def test_make_install_puts_services_and_units_below_destdir(built, tmp_path):
    subprocess.run(["make", "-s", "-C", ROOT, "install", f"DESTDIR={tmp_path}", "PREFIX=/usr"],
                   check=True)
    for service in SERVICES:
        assert os.access(tmp_path / "usr/bin" / service, os.X_OK)
        unit = (tmp_path / "usr/lib/systemd/system" / f"{service}.service").read_text()
        assert f"ExecStart=/usr/bin/{service}\n" in unit
        assert "@" not in unit.replace("@system-service", "").replace("~@privileged @resources", "")
        assert "LoadCredential=api-keys:/etc/ticketing/api-keys\n" in unit
        assert ("LoadCredential=mongo-uri:" in unit) == (service in ("db-svc", "payments-svc"))
        assert ("LoadCredential=stripe-api-key:" in unit) == (service == "payments-svc")
        assert ("LoadCredential=smtp-url:" in unit) == (service == "notify-svc")
        if shutil.which("systemd-analyze"):
            _verify(tmp_path, service, unit)
    settings = tmp_path / "etc/ticketing/common.env"
    assert stat.S_IMODE(settings.stat().st_mode) == 0o640


def _verify(folder, service, unit):
    """That systemd understands every line, with programs that are where the unit looks for them."""
    copy = folder / f"{service}.service"
    copy.write_text(unit.replace("ExecStart=/usr/bin/", f"ExecStart={folder}/usr/bin/"))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", copy], capture_output=True, text=True, check=False)
    # How pauses grow is known to systemd 254 and later.
    said = [line for line in done.stderr.splitlines()
            if "'RestartSteps'" not in line and "'RestartMaxDelaySec'" not in line]
    assert service not in "\n".join(said), done.stderr


def test_a_secret_by_name_is_one_that_the_service_manager_loaded(built, tmp_path):
    (tmp_path / "mongo-uri").write_text("mongodb://me:sesame@db/\n")
    (tmp_path / "api-keys").write_text("nonsense\n")
    settings = {**os.environ, "CREDENTIALS_DIRECTORY": str(tmp_path), "MONGO_URI_FILE": "mongo-uri",
                "SMTP_URL_FILE": "smtp-url", "API_KEYS_FILE": "api-keys"}
    printed = subprocess.run([built / "db-svc/db-svc", "--print-settings"], env=settings, capture_output=True,
                             text=True, check=True).stdout
    assert "MONGO_URI=***\n" in printed and f"API_KEYS_FILE={tmp_path}/api-keys\n" in printed
    started = subprocess.run([built / "db-svc/db-svc"], env=settings, capture_output=True, text=True, check=False)
    assert started.returncode == 2 and f"{tmp_path}/api-keys:1:" in started.stderr
    missing = subprocess.run([built / "notify-svc/notify-svc", "--print-settings"], env=settings,
                             capture_output=True, text=True, check=False)
    assert missing.returncode == 2 and f"{tmp_path}/smtp-url" in missing.stderr


def test_systemd_starts_what_dies_again_for_ever(built, tmp_path):
    subprocess.run(["make", "-s", "-C", ROOT, "install", f"DESTDIR={tmp_path}"], check=True)
    for service in SERVICES:
        unit = configparser.ConfigParser(strict=False, interpolation=None)
        unit.optionxform = str
        unit.read(tmp_path / f"usr/local/lib/systemd/system/{service}.service")
        assert unit["Service"]["Restart"] == "always"
        assert unit["Unit"]["StartLimitIntervalSec"] == "0"
        assert unit["Service"]["RestartMaxDelaySec"] == "30"
