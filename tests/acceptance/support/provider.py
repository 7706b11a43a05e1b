"""The card provider of the stack: what a buyer does there, what goes wrong, and what it has."""

import json

import requests

PAYS, DECLINED, DISPUTED = "4242424242424242", "4000000000000002", "4000000000000259"
REFUND_PENDING, REFUND_FAILS = "4000000000007726", "4000000000005126"


class Provider:
    def __init__(self, url, secret):
        self.url = url
        self.secret = secret

    def control(self, what="", **body):
        answer = requests.post(f"{self.url}/_control{what}", json=body, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def behave(self, **members):
        return self.control("", **members)

    def heal(self):
        self.behave(fail=0, lose=0, slow_ms=0, webhooks="sent", early_ms=0)

    def pay(self, checkout, card=PAYS, secure=True):
        """As the buyer on the provider's page. None: it is paid, else why not."""
        return self.control("/pay", id_=checkout["url"].rpartition("/")[2], card=card, secure=secure)["why"]

    def sessions(self, order):
        """What buyers can pay, or could, of an order."""
        return [session for session in self.control("/sessions")["data"]
                if session["metadata"].get("order_id") == order["id"]]

    def intents(self, order):
        """The provider's payments of an order."""
        return [intent for intent in self.control("/intents")["data"]
                if intent["metadata"].get("order_id") == order["id"]]

    def refunds(self, order):
        return [refund for refund in self.control("/refunds")["data"]
                if refund["metadata"].get("order_id") == order["id"]]

    def refunds_of(self, intent):
        """The refunds of one of its payments, also those that were asked for on its own page."""
        return [refund for refund in self.control("/refunds")["data"] if refund["payment_intent"] == intent["id"]]

    def events(self, kind=None):
        return [event for event in self.control("/events")["data"] if kind in (None, event["type"])]

    def signature(self, payload, at=None):
        return self.control("/sign", payload=payload, at=at)["signature"]

    def webhook(self, payments, event, **headers):
        """One of its webhooks, sent by the test."""
        payload = event if isinstance(event, str) else json.dumps(event)
        return payments.request("POST", "/v1/webhooks/stripe", data=payload, headers={
            "Content-Type": "application/json", "Stripe-Signature": self.signature(payload), **headers})
