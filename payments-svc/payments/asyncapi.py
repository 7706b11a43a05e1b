"""What the service tells and hears over Kafka. The messages themselves are described by db-svc's document."""

from typing import Any

from . import SERVICE, VERSION


def asyncapi() -> dict[str, Any]:
    told = ("payment.succeeded", "payment.failed", "payment.refunded", "payment.refund_failed", "payment.disputed")
    heard = ("order.refund_due", "order.expired", "order.cancelled", "order.confirmed", "order.erased")

    def channel(address: str, kinds: tuple[str, ...]) -> dict[str, Any]:
        return {"address": address,
                "messages": {kind: {"$ref": f"#/components/messages/{kind}"} for kind in kinds}}
    return {"asyncapi": "3.0.0", "info": {"title": SERVICE, "version": VERSION},
            "channels": {"payments": channel("payments.events", told), "facts": channel("tickets.facts", heard)},
            "operations": {
                "tell": {"action": "send", "channel": {"$ref": "#/channels/payments"}},
                "hear": {"action": "receive", "channel": {"$ref": "#/channels/facts"}}},
            "components": {"messages": {kind: {"name": kind, "contentType": "application/json"}
                                        for kind in (*told, *heard)}}}
