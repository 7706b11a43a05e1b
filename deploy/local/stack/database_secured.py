"""The stand-in for a database with a user and TLS, as one in production has them."""

import secrets
import subprocess
import time
from contextlib import contextmanager

import pymongo
import pymongo.errors

from .database import NotOurs, StandIn, database
from .failure import Failure
from .ports import HOST

USER = "ticketing"
PATIENCE_S = 120


def secured_database(folder, ports, uri):
    part = database(folder, ports, uri)
    if not isinstance(part, StandIn):
        raise NotOurs("a user and TLS are only given to the stand-in")
    return SecuredStandIn(folder, ports)


class SecuredStandIn(StandIn):
    """Its user is made before it asks for one."""

    def __init__(self, folder, ports):
        super().__init__(folder, ports)
        self.password = secrets.token_hex(12)
        self._certificate, self._key = folder / "database.crt", folder / "database.key"
        self._plain_uri = self.uri
        self.uri = self._uri(f"{USER}:{self.password}@")

    def _uri(self, user, ca=True):
        port = self.ports["MONGO_PORT"]
        return (f"mongodb://{user}{HOST}:{port}/?replicaSet=secantus&authSource=admin&tls=true"
                + (f"&tlsCAFile={self._certificate}" if ca else ""))

    def wrong_uri(self, what):
        return {"no user": self._uri(""), "another password": self._uri(f"{USER}:another@"),
                "no certificate": self._uri(f"{USER}:{self.password}@", ca=False)}[what]

    def command(self):
        return [*super().command(), "--auth", "--tls-cert-file", str(self._certificate), "--tls-key-file",
                str(self._key)]

    def prepare(self):
        super().prepare()
        if self._certificate.exists():
            return
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=database",
                        "-addext", f"subjectAltName=IP:{HOST}", "-keyout", self._key, "-out", self._certificate],
                       check=True, capture_output=True)
        with self._unsecured() as client:
            client.admin.command("createUser", USER, pwd=self.password, roles=["readWriteAnyDatabase", "clusterMonitor"])

    @contextmanager
    def _unsecured(self):
        process = subprocess.Popen(super().command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            with pymongo.MongoClient(self._plain_uri, serverSelectionTimeoutMS=2000) as client:
                self._wait_for(client, process)
                yield client
        finally:
            process.terminate()
            process.wait()

    @staticmethod
    def _wait_for(client, process):
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                client.admin.command("ping")
                return
            except pymongo.errors.PyMongoError as error:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise Failure(f"the database does not start without a user: {error}") from None
