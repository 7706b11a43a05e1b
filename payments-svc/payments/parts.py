"""What a running service is made of, put together once."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .background import Background, Bell
from .bus import Asker, Sender
from .checkout import Checkout
from .endings import EndingWorker
from .follower import Follower
from .keys import Keys
from .log import Log
from .metrics import Metrics
from .providers import Provider
from .providers.card import Card
from .providers.transfer import Transfer
from .refunds import Pace, Refunds, RefundWorker
from .settings import Settings
from .store import Store
from .tracing import Tracer
from .webhooks import Known, Webhooks

REFUND_THREADS = 4


@dataclass
class Parts:
    """Nothing is started or connected before it is first asked for."""

    settings: Settings

    @cached_property
    def log(self) -> Log:
        return Log(self.settings.log_level)

    @cached_property
    def metrics(self) -> Metrics:
        return Metrics()

    @cached_property
    def tracer(self) -> Tracer:
        settings = self.settings
        return Tracer(settings.otel_exporter_otlp_endpoint or None, settings.otel_traces_sampler,
                      settings.otel_traces_sampler_arg, settings.otel_service_name, self.metrics.spans,
                      lambda url: self.log.warning("traces.not_taken", collector=url))

    @cached_property
    def keys(self) -> Keys | None:
        if not self.settings.api_keys_file:
            return None
        keys = Keys(self.settings.api_keys_file)
        keys.load()
        return keys

    @cached_property
    def viewer(self) -> bytes:
        """The script in which /docs shows the document; empty: there is none."""
        path = self.settings.docs_viewer
        try:
            return Path(path).read_bytes() if path else b""
        except OSError as error:
            self.log.warning("docs.no_viewer", path=path, error=type(error).__name__)
            return b""

    @cached_property
    def bell(self) -> Bell:
        return Bell()

    @cached_property
    def store(self) -> Store:
        return Store(self.settings)

    @cached_property
    def sender(self) -> Sender:
        return Sender(self.settings, self.metrics, self.tracer, self.log)

    @cached_property
    def asker(self) -> Asker:
        return Asker(self.settings, self.sender, self.metrics, self.log)

    @cached_property
    def card(self) -> Card | None:
        return Card(self.settings, self.tracer) if self.settings.stripe_api_key else None

    @cached_property
    def providers(self) -> dict[str, Provider]:
        found: list[Provider] = [self.card] if self.card else []
        if self.settings.transfer_account:
            found.append(Transfer(self.settings))
        return {provider.name: provider for provider in found}

    @cached_property
    def checkout(self) -> Checkout:
        return Checkout(self.settings, self.store, self.asker, self.providers, self.log)

    @cached_property
    def refunds(self) -> Refunds:
        return Refunds(self.settings, self.store, self.asker, self.sender, self.providers, self.bell)

    @cached_property
    def webhooks(self) -> Webhooks:
        live = self.card.live if self.card else False
        return Webhooks(self.settings.stripe_webhook_secret, live, self.sender, Known(self.store, self.card),
                        self.metrics, self.log)


class Running:
    """The threads of a service that serves. close() ends them in the order in which they need each other."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        _ = parts.asker  # it connects while the rest is put together
        pace = Pace(parts.settings.refunds_per_minute)
        refunds = RefundWorker(parts.store, parts.sender, parts.providers, pace, parts.log)
        endings = EndingWorker(parts.store, parts.providers, parts.log)
        self._follower = Follower(parts.settings, parts.store, parts.refunds, parts.bell, parts.log)
        self._background = Background(
            {**{f"refunds-{n}": refunds.run_one for n in range(REFUND_THREADS)}, "endings": endings.run_one},
            parts.bell, parts.log)

    def close(self) -> None:
        self._background.close()
        self._follower.close()
        self._parts.asker.close()
        self._parts.sender.close()
        self._parts.store.close()
        self._parts.tracer.close()
