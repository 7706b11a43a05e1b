"""The mail sink: takes every message by SMTP, shows it on a page and by a REST API."""

import socket

from .installed import PROGRAMS
from .part import Part, get
from .ports import HOST


class Mail(Part):
    port_settings = ("SMTP_PORT", "INBOX_PORT")

    def __init__(self, folder, ports):
        super().__init__("mail", folder, ports)
        self.smtp_url = f"smtp://{HOST}:{ports['SMTP_PORT']}"
        self.inbox_url = f"http://{HOST}:{ports['INBOX_PORT']}"
        self._data = folder / "data" / "mail"

    def settings(self):
        return {"SMTP_URL": self.smtp_url}

    def about(self):
        return f"{self.smtp_url}, inbox {self.inbox_url}"

    def command(self):
        return [str(PROGRAMS / "sendria"), "--foreground", "--no-quit",
                "--smtp-ip", HOST, "--smtp-port", str(self.ports["SMTP_PORT"]),
                "--http-ip", HOST, "--http-port", str(self.ports["INBOX_PORT"]),
                "--db", str(self._data / "messages.db")]

    def prepare(self):
        self._data.mkdir(parents=True, exist_ok=True)

    def probe(self):
        socket.create_connection((HOST, self.ports["SMTP_PORT"]), timeout=2).close()
        get(f"{self.inbox_url}/api/messages/")
