"""A stack of a test: on free ports, in a temporary folder, gone with the program that asked for it."""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pymongo

from .ports import free_ports
from .stack import EVERYTHING, Stack, stop_everything

LOCAL = Path(__file__).resolve().parents[1]


@contextmanager
def throw_away(*having, settings=None, **options):
    """Yields a Stack that has not been started; MONGO_URI in the environment is used if set."""
    folder = Path(tempfile.mkdtemp(prefix="stack-"))
    mongo_uri = os.environ.get("MONGO_URI")
    mongo_db = f"test_{secrets.token_hex(6)}"
    # A guard cleans up, so that even kill -9 of this program leaves nothing behind.
    guard = subprocess.Popen([sys.executable, str(LOCAL), "guard", str(folder)],
                             stdin=subprocess.PIPE, start_new_session=True)
    try:
        yield Stack(folder, free_ports(), having or EVERYTHING, mongo_uri=mongo_uri,
                    settings={"MONGO_DB": mongo_db, "PAYMENTS_DB": f"{mongo_db}_payments",
                              "REFUNDS_PER_MINUTE": "60000", **(settings or {})}, **options)
    finally:
        guard.stdin.close()
        guard.wait()
        if mongo_uri:
            with pymongo.MongoClient(mongo_uri) as client:
                client.drop_database(mongo_db)
                client.drop_database(f"{mongo_db}_payments")


def guard(folder):
    """Waits for the end of the program that holds the other end of the standard input."""
    sys.stdin.read()
    stop_everything(folder, patiently=False)
    shutil.rmtree(folder, ignore_errors=True)
