"""The card provider to try things with: deploy/local/provider."""

import sys

from .installed import ROOT
from .part import Part, get
from .ports import HOST

API_KEY = "sk_test_local"
WEBHOOK_SECRET = "whsec_local"


class Provider(Part):
    port_settings = ("PROVIDER_PORT",)

    def __init__(self, folder, ports):
        super().__init__("provider", folder, ports)
        self.url = f"http://{HOST}:{ports['PROVIDER_PORT']}"
        self._webhook = f"http://{HOST}:{ports['PAYMENTS_PORT']}/v1/webhooks/stripe"
        self._data = folder / "data" / "provider.db"

    def settings(self):
        return {"STRIPE_API_BASE": self.url, "STRIPE_API_KEY": API_KEY, "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET}

    def about(self):
        return f"{self.url}, cards that charge nobody"

    def command(self):
        return [sys.executable, str(ROOT / "deploy" / "local" / "provider"), "--port", str(self.ports["PROVIDER_PORT"]),
                "--data", str(self._data), "--webhook", self._webhook, "--secret", WEBHOOK_SECRET]

    def probe(self):
        get(f"{self.url}/")
