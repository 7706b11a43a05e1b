"""The five services, as the Makefile builds them."""

import os

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
