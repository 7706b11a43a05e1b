"""payments-svc: takes payments for held orders, refunds what is due, and tells db-svc what happened."""

VERSION = "0.1.0"
SERVICE = "payments-svc"
SOURCE = f"/{SERVICE}"  # the ce_source of what this service tells of its own accord
