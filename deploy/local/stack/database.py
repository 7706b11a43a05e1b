"""The database: the one MONGO_URI names, else mongod, else a stand-in that speaks its protocol."""

import re
import shutil

import pymongo
import pymongo.errors

from .installed import PROGRAMS
from .part import NotReady, Part, Proxied
from .ports import HOST, free_port

SMALL_CACHE = "512MB"


def database(folder, ports, uri=None, proxied=False, cache=SMALL_CACHE):
    """With a proxy the services are told of that only, and that they need not look for others."""
    if uri:
        return Elsewhere(folder, ports, uri)
    part = Mongod(folder, ports) if shutil.which("mongod") else StandIn(folder, ports, cache)
    if proxied:
        part.proxied = Proxied(free_port(), ports["MONGO_PORT"])
    return part


class Database(Part):
    def __init__(self, folder, ports, uri):
        super().__init__("database", folder, ports)
        self.uri = uri
        self.data = folder / "data" / self.__class__.__name__.lower()
        self._backup = self.data.with_suffix(".backup")

    def settings(self):
        # A set names its members itself, and so would lead past the proxy.
        proxy = f"mongodb://{HOST}:{self.proxied.port}/?directConnection=true" if self.proxied else None
        return {"MONGO_URI": proxy or self.uri}

    def prepare(self):
        self.data.mkdir(parents=True, exist_ok=True)

    def probe(self):
        try:
            if not self._ask("hello").get("isWritablePrimary"):
                raise NotReady("the database has no primary yet")
        except pymongo.errors.PyMongoError as error:
            raise NotReady(str(error)) from None

    def _ask(self, *command, **options):
        with pymongo.MongoClient(self.uri, serverSelectionTimeoutMS=2000, socketTimeoutMS=2000,
                                 connectTimeoutMS=2000, **options) as client:
            return client.admin.command(*command)


    def back_up(self):
        """Keeps what it holds now; to be called while it is stopped."""
        shutil.rmtree(self._backup, ignore_errors=True)
        shutil.copytree(self.data, self._backup)

    def set_back(self):
        """Puts the back-up in the place of what it holds; likewise."""
        shutil.rmtree(self.data)
        shutil.copytree(self._backup, self.data)


class NotOurs(Exception):
    """Raised where a part was to be hurt that somebody else runs."""


def _not_ours(_part):
    raise NotOurs("the database is somebody else's (MONGO_URI)")


class Elsewhere(Database):
    """Someone else's to start and stop."""

    running = True
    kill = pause = resume = back_up = set_back = _not_ours

    def about(self):
        return f"{re.sub('//[^/@]*@', '//***@', self.uri)} (MONGO_URI)"

    def launch(self):
        pass

    def stop(self):
        pass


class Mongod(Database):
    port_settings = ("MONGO_PORT",)

    def __init__(self, folder, ports):
        super().__init__(folder, ports, f"mongodb://{HOST}:{ports['MONGO_PORT']}/?replicaSet=rs0")

    def about(self):
        return self.uri

    def command(self):
        return ["mongod", "--quiet", "--replSet", "rs0", "--bind_ip", HOST,
                "--port", str(self.ports["MONGO_PORT"]), "--dbpath", str(self.data)]

    def probe(self):
        self._initiate()
        super().probe()

    def _initiate(self):
        members = [{"_id": 0, "host": f"{HOST}:{self.ports['MONGO_PORT']}"}]
        try:
            self._ask("replSetInitiate", {"_id": "rs0", "members": members},
                      directConnection=True, replicaSet=None)
        except pymongo.errors.OperationFailure as error:
            if error.code != 23:  # AlreadyInitialized
                raise NotReady(str(error)) from None
        except pymongo.errors.PyMongoError as error:
            raise NotReady(str(error)) from None


class StandIn(Database):
    port_settings = ("MONGO_PORT",)

    def __init__(self, folder, ports, cache=SMALL_CACHE):
        super().__init__(folder, ports, f"mongodb://{HOST}:{ports['MONGO_PORT']}/?replicaSet=secantus")
        self._cache = cache

    def about(self):
        return f"{self.uri} (SecantusDB in MongoDB's stead: no mongod on the PATH, no MONGO_URI)"

    def command(self):
        # Without --sync-on-commit it acknowledges writes that a crash can lose; with log files
        # of the default size it needs ten seconds to come back after one; its cache takes 4 GiB
        # by default; and behind 100,000 entries it takes one at a time from its oplog, each with a sync of its own,
        # where MongoDB truncates by blocks.
        return [str(PROGRAMS / "secantusd-rs"), "--sync-on-commit", "--log-file-max", "128MB",
                "--cache-size", self._cache, "--oplog-max-entries", "10000000", "--log-level", "WARNING",
                "--host", HOST, "--port", str(self.ports["MONGO_PORT"]), "--storage-path", str(self.data)]
