"""What Prometheus reads; it names no person and no event."""

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Any thread."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._requests = Counter("http_requests", "Requests answered.", ("method", "route", "status"),
                                 registry=self._registry)
        self._durations = Histogram("http_request_duration_seconds", "How long requests took.", ("route",),
                                    registry=self._registry)
        self._webhooks = Counter("payments_webhooks", "Webhooks by what was done about them.", ("kind", "outcome"),
                                 registry=self._registry)

        self._of_requests: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        known = self._of_requests.get((method, route, status))
        if known is None:
            known = self._requests.labels(method, route, str(status)), self._durations.labels(route)
            self._of_requests[method, route, status] = known
        known[0].inc()
        known[1].observe(seconds)

    def webhook(self, kind: str, outcome: str) -> None:
        self._webhooks.labels(kind, outcome).inc()

    def text(self) -> bytes:
        return generate_latest(self._registry)
