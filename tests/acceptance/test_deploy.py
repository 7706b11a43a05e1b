"""What make install puts where, and the small shell programs of deploy/."""

import http.server
import os
import subprocess
import threading
from pathlib import Path

import pytest
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
    program = tmp_path / "install"
    program.write_bytes((ROOT / "deploy" / "packages" / "install").read_bytes())
    program.chmod(0o755)
    (tmp_path / "list").write_text("# a comment\nbash\nno-such-package-a # why\nno-such-package-b\n")
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "id").write_text("#!/bin/sh\necho 1000\n")
    (tools / "dpkg-query").write_text("#!/bin/sh\nfor last; do :; done\n[ $last = bash ] && printf installed\n")
    for tool in tools.iterdir():
        tool.chmod(0o755)
    done = subprocess.run([program, "list"], capture_output=True, text=True, check=False,
                          env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"})
    assert done.returncode == 1
    assert "apt-get install --no-install-recommends no-such-package-a no-such-package-b\n" in done.stderr


def test_make_install_puts_services_and_units_below_destdir(built, tmp_path):
    subprocess.run(["make", "-s", "-C", ROOT, "install", f"DESTDIR={tmp_path}", "PREFIX=/usr"],
                   check=True)
    for service in SERVICES:
        assert os.access(tmp_path / "usr/bin" / service, os.X_OK)
        unit = (tmp_path / "usr/lib/systemd/system" / f"{service}.service").read_text()
        assert f"ExecStart=/usr/bin/{service}\n" in unit
        assert "@" not in unit.replace("@system-service", "").replace("~@privileged @resources", "")
    assert (tmp_path / "etc/ticketing/common.env").exists()
