"""Every port a stack listens on, each named by the setting that moves it."""

import os
import random
import socket

from .failure import Failure

DEFAULT_PORTS = {
    "KAFKA_PORT": 9092,
    "KAFKA_CONTROLLER_PORT": 9093,
    "MONGO_PORT": 27017,
    "SMTP_PORT": 1025,
    "INBOX_PORT": 1080,
    "DB_PORT": 8080,
    "TICKETS_PORT": 8081,
    "ATTENDEES_PORT": 8082,
    "NOTIFY_PORT": 8083,
    "PAYMENTS_PORT": 8084,
    "PROVIDER_PORT": 12111,
    "SMS_PORT": 13013,
    "SMS_ADMIN_PORT": 13010,
    "SMS_BOX_PORT": 13011,
    "SMS_CARRIER_PORT": 13012,
}

HOST = "127.0.0.1"


def ports_from_environment(environment=os.environ):
    return {setting: _number(setting, environment.get(setting) or default)
            for setting, default in DEFAULT_PORTS.items()}


def _number(setting, text):
    try:
        port = int(text)
    except ValueError:
        port = 0
    if not 1 <= port <= 65535:
        raise Failure(f"{setting} is {text!r}: a port is a number from 1 to 65535")
    return port


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def require_free(wanted):
    """Fails naming every setting whose port someone else holds; `wanted` is (setting, port) pairs."""
    taken = [f"port {port} is taken: set {setting} to another, for example {setting}={port + 10000}"
             for setting, port in wanted if not is_free(port)]
    if taken:
        raise Failure("\n".join(taken))


_given = set()


def free_port():
    """A port nobody listens on, below the range the kernel hands to clients.

    TEST_PORTS=first-last confines it, for machines that several people share.
    """
    first, last = map(int, os.environ.get("TEST_PORTS", "20000-29999").split("-"))
    candidates = list(range(first, last + 1))
    random.shuffle(candidates)
    for port in candidates:
        if port not in _given and is_free(port):
            _given.add(port)
            return port
    raise Failure(f"no free port from {first} to {last}")


def free_ports():
    return {setting: free_port() for setting in DEFAULT_PORTS}
