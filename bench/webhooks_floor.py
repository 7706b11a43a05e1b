"""What webhooks.py takes as the floor: Flask that takes the body and answers."""

from flask import Flask, request

app = Flask("floor")


@app.get("/livez")
def live():
    return {"status": "ok"}


@app.post("/v1/webhooks/stripe")
def webhook():
    return {"received": len(request.get_data()) > 0}
