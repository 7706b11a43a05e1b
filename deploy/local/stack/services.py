"""The five services, as the Makefile builds them."""

import functools
import os
import re
import subprocess

from .failure import Failure
from .part import Part, get
from .ports import HOST

SERVICES = {
    "db-svc": "DB_PORT",
    "tickets-svc": "TICKETS_PORT",
    "attendees-svc": "ATTENDEES_PORT",
    "notify-svc": "NOTIFY_PORT",
    "payments-svc": "PAYMENTS_PORT",
}


class Service(Part):
    """`variables` is its environment beyond ours, and may be changed before a start."""

    stage = 3

    def __init__(self, name, kind, folder, ports, build, settings):
        super().__init__(name, folder, ports)
        self.kind = kind
        self.binary = build / kind / kind
        self.port_settings = (SERVICES[kind],)
        port = ports[SERVICES[kind]]
        self.url = f"http://{HOST}:{port}"
        self.variables = dict(settings, PORT=str(port))

    def about(self):
        return self.url

    def command(self):
        return [str(self.binary)]

    def environment(self):
        return {**os.environ, **self.variables}

    def prepare(self):
        if not self.binary.exists():
            raise Failure(f"{self.binary} is missing: build it with make")

    def probe(self):
        get(f"{self.url}/readyz")

    @property
    def outdated(self):
        """Built anew since it started."""
        return self.running and self.binary.stat().st_mtime > self.process.started_at

    @property
    def changed_settings(self):
        """Names of the settings that it would be started with now and that differ from those it runs with."""
        if not self.running:
            return []
        now, then = self.whole_environment(), self.process.environment
        return [name for name in sorted(now.keys() | then.keys())
                if now.get(name) != then.get(name) and self._is_setting(name)]

    def _is_setting(self, name):
        return name.startswith("KAFKA_CONF_") or name.removesuffix("_FILE") in self._settings or name in self._settings

    @functools.cached_property
    def _settings(self):
        told = subprocess.run([*self.command(), "--help"], capture_output=True, text=True, check=True).stdout
        return set(re.findall(r"^  ([A-Z][A-Z0-9_]*) ", told, re.MULTILINE))
