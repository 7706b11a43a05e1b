"""What Prometheus reads; it names no person and no event."""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

TOLD = ("payment.succeeded", "payment.failed", "payment.refunded", "payment.refund_failed", "payment.disputed")
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Any thread."""

    def __init__(self) -> None:
        # A series more for each, which nobody reads.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._requests = Counter("http_requests", "Requests answered.", ("method", "route", "status"),
                                 registry=self._registry)
        self._durations = Histogram("http_request_duration_seconds", "How long requests took.", ("route",),
                                    registry=self._registry)
        self._webhooks = Counter("payments_webhooks", "Webhooks by what was done about them.", ("kind", "outcome"),
                                 registry=self._registry)
        self._asked = Counter("kafka_requests", "Commands and queries sent, by how they ended.", ("outcome",),
                              registry=self._registry)
        self.pending = Gauge("kafka_requests_pending", "Requests that wait for a reply.", registry=self._registry)
        self._told = Counter("payments_told", "Messages on payments.events that Kafka has.", ("type",),
                             registry=self._registry)
        self._spans = {
            "sent": Counter("spans_sent", "Spans that the collector has taken.", registry=self._registry),
            "dropped": Counter("spans_dropped", "Spans that did not fit into the queue, or that the collector did not "
                               "take.", registry=self._registry)}
        for outcome in ("answered", "unanswered"):
            self._asked.labels(outcome)
        for kind in TOLD:
            self._told.labels(kind)

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

    def asked(self, answered: bool) -> None:
        self._asked.labels("answered" if answered else "unanswered").inc()

    def spans(self, kind: str, count: int) -> None:
        self._spans[kind].inc(count)

    def told(self, kind: str) -> None:
        self._told.labels(kind).inc()

    def text(self) -> bytes:
        return generate_latest(self._registry)
