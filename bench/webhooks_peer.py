"""What webhooks.py is measured beside: Flask that sends each to Kafka by kafka-python, and waits."""

import json
import os

import stripe
from flask import Flask, request
from kafka import KafkaProducer

app = Flask("peer")
producer = KafkaProducer(bootstrap_servers=os.environ["KAFKA_BROKERS"].split(","), acks="all")
secret = os.environ["STRIPE_WEBHOOK_SECRET"]


@app.get("/livez")
def live():
    return {"status": "ok"}


@app.post("/v1/webhooks/stripe")
def webhook():
    event = stripe.Webhook.construct_event(request.get_data(), request.headers["Stripe-Signature"], secret)
    intent = event["data"]["object"]
    body = {"payment_id": intent["metadata"]["payment_id"], "order_id": intent["metadata"]["order_id"],
            "amount": {"amount": intent["amount_received"], "currency": intent["currency"].upper()}}
    headers = [("ce_specversion", b"1.0"), ("ce_type", b"payment.succeeded"), ("ce_source", b"/peer"),
               ("ce_id", body["payment_id"].encode())]
    producer.send("payments.events", json.dumps(body).encode(), intent["metadata"]["event_id"].encode(),
                  headers).get(timeout=10)
    return {"received": True}
