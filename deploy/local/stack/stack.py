"""A stack: the parts in the order in which they need each other, then the services."""

import json
import os

from .database import SMALL_CACHE, database
from .database_secured import secured_database
from .installed import ROOT, VIEWER
from .kafka import kafka
from .mail import Mail
from .ports import HOST, free_port, require_free
from .process import Process
from .provider import Provider
from .services import SERVICES, Service
from .sms import SmsCarrier, SmsGateway, SmsSender, sms_installed

SUPERVISOR = "supervisor"
EVERYTHING = ("kafka", "database", "mail", "sms", "provider", "services")


class Stack:
    """Parts and services by name: stack["kafka"].kill(), stack["db-svc"].restart().

    having     which of EVERYTHING it has
    build      the folder of the service binaries
    settings   environment variables for every service
    mongo_uri  a database to use instead of starting one
    brokers    of the Kafka cluster, all on ports of their own: kafka, kafka-2, …
    real_provider
               cards are charged by whom the environment names, not by the provider to try things with
    kafka_proxied, database_proxied
               the services reach that part through a proxy, which the caller runs (part.proxied)
    kafka_users
               of a listener of SASL_SSL, who have no right that nobody gave them: stack["kafka"].secured(user)
    database_secured
               it has a user and TLS; only the stand-in, else NotOurs
    database_cache
               of the stand-in: records and indexes that do not fit are slow to write
    kafka_full_compiler
               the broker starts more slowly, and takes less of the processor once it is warm
    """

    def __init__(self, folder, ports, having=EVERYTHING, build=ROOT / "build", settings=None,
                 mongo_uri=None, brokers=1, kafka_proxied=False, database_proxied=False, real_provider=False,
                 kafka_users=(), kafka_full_compiler=False, database_secured=False,
                 database_cache=SMALL_CACHE):
        self.folder = folder
        self.ports = ports
        self.build = build
        self.mongo_uri = mongo_uri
        parts = []
        if "kafka" in having:
            parts += kafka(folder, ports, brokers, kafka_proxied, kafka_users, kafka_full_compiler)
        if "database" in having:
            parts.append(secured_database(folder, ports, mongo_uri) if database_secured
                         else database(folder, ports, mongo_uri, database_proxied, database_cache))
        if "mail" in having:
            parts.append(Mail(folder, ports))
        if "sms" in having and sms_installed():
            parts += [kind(folder, ports) for kind in (SmsGateway, SmsSender, SmsCarrier)]
        if "provider" in having and not real_provider:
            parts.append(Provider(folder, ports))
        self.settings = dict(settings or {})
        for part in parts:
            self.settings.update(part.settings())
        if "SELF_SERVICE_URL" not in os.environ:
            self.settings["SELF_SERVICE_URL"] = f"http://{HOST}:{ports['ATTENDEES_PORT']}/v1/attendees"
        if "ORDER_PAGE_URL" not in os.environ:
            self.settings["ORDER_PAGE_URL"] = f"http://{HOST}:{ports['TICKETS_PORT']}/v1/orders/mine"
        if VIEWER.exists() and "DOCS_VIEWER" not in os.environ:
            self.settings["DOCS_VIEWER"] = str(VIEWER)
        if "TRANSFER_ACCOUNT" not in os.environ:
            self.settings["TRANSFER_ACCOUNT"] = "IBAN ES00 0000 0000 0000 0000 0000 (an example: send no money)"
        self._parts = {part.name: part for part in parts}
        if "services" in having:
            for kind in SERVICES:
                self._add(Service(kind, kind, folder, ports, build, self.settings))

    def __getitem__(self, name):
        return self._parts[name]

    def __contains__(self, name):
        return name in self._parts

    def __iter__(self):
        return iter(self._parts.values())

    @property
    def services(self):
        return [part for part in self if isinstance(part, Service)]

    @property
    def running(self):
        return any(part.running for part in self)

    def add_service(self, kind, **settings):
        """One more instance of a service on a port of its own, not yet started."""
        count = sum(service.kind == kind for service in self.services)
        return self._add(Service(f"{kind}-{count + 1}", kind, self.folder, {SERVICES[kind]: free_port()},
                                 self.build, {**self.settings, **settings}))

    def _add(self, part):
        self._parts[part.name] = part
        return part

    def start(self, services=True):
        """Starts what does not run yet and waits until all of it is ready."""
        wanted = [part for part in self if services or not isinstance(part, Service)]
        require_free([(setting, part.ports[setting]) for part in wanted if not part.running
                      for setting in part.port_settings])
        for stage in sorted({part.stage for part in wanted}):
            together = [part for part in wanted if part.stage == stage]
            for part in together:
                part.launch()
            for part in together:
                part.wait_ready()

    def stop_services(self):
        """SIGTERM to every service at once; the exit codes by name."""
        running = [service for service in self.services if service.running]
        for service in running:
            service.process.ask_to_end()
        return {service.name: service.stop() for service in running}


def has_real_provider():
    """The environment has the key of a card provider."""
    return any(os.environ.get(name) for name in ("STRIPE_API_KEY", "STRIPE_API_KEY_FILE"))


def remember(stack):
    """Lets a later program, which may be given other settings, find this stack again."""
    _memory(stack.folder).write_text(json.dumps({"ports": stack.ports, "mongo_uri": stack.mongo_uri}))


def recall(folder):
    """The ports and the MONGO_URI of the stack last started in this folder, or None."""
    try:
        return json.loads(_memory(folder).read_text())
    except FileNotFoundError:
        return None


def _memory(folder):
    return folder / "run" / "stack.json"


def stop_everything(folder, patiently=True):
    """Ends what runs in a folder, whoever started it: the services first. Returns the names."""
    Process(SUPERVISOR, folder).stop()  # before all, lest it starts them again
    everyone = [process for process in Process.all_in(folder) if process.pid is not None]
    services = [process for process in everyone if "-svc" in process.name]
    parts = [process for process in everyone if "-svc" not in process.name]
    for process in services:
        process.ask_to_end()
    for process in services:
        process.stop()
    for process in parts:
        if patiently:
            process.ask_to_end()
        else:
            process.kill()
    for process in parts:
        process.stop()
    _forget_dead(folder)
    return [process.name for process in everyone]


def _forget_dead(folder):
    """What had died by itself, and how often that was."""
    for process in Process.all_in(folder):
        process.stop()
    (folder / "run" / "restarts.json").unlink(missing_ok=True)
