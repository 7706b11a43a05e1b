"""Kafka: one KRaft node, or several, each of which is broker and controller."""

import secrets
import shutil
import socket
import struct
import subprocess
import tempfile
from pathlib import Path

from .failure import Failure
from .installed import KAFKA_JARS
from .part import NotReady, Part, Proxied
from .ports import HOST, free_port, free_ports

LOGGING = Path(__file__).resolve().parents[1] / "kafka" / "log4j2.properties"

# A short start counts for more here than the last drop of throughput, unless it is measured.
SHORT_START = ["-XX:TieredStopAtLevel=1"]
JVM = ["java", "-XX:+UseSerialGC", "-Xlog:cds*=off",
       f"-Dlog4j2.configurationFile={LOGGING}"]

PROPERTIES = """\
process.roles=broker,controller
node.id={node}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}{proxied_listener}{secured_listener}
advertised.listeners=PLAINTEXT://{host}:{port}{advertised_proxy}{secured_listener}
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,PROXIED:PLAINTEXT,SECURED:SASL_SSL
{quorum}
log.dirs={data}
auto.create.topics.enable=false
min.insync.replicas={in_sync}
offsets.topic.num.partitions=1
offsets.topic.replication.factor={replicas}
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor={replicas}
transaction.state.log.min.isr={in_sync}
transaction.max.timeout.ms=60000
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor={replicas}
share.coordinator.state.topic.min.isr={in_sync}
group.initial.rebalance.delay.ms=0
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
{secured_properties}
"""

# Whoever comes by the other listener, as tests and the broker itself do, may do everything.
SECURED_PROPERTIES = """\
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
listener.name.secured.sasl.enabled.mechanisms=PLAIN
listener.name.secured.ssl.keystore.type=PEM
listener.name.secured.ssl.keystore.location={keystore}
listener.name.secured.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required {users};
"""

METADATA = 3  # the number of this request


def kafka(folder, ports, brokers=1, proxied=False, users=(), full_compiler=False):
    """The brokers as parts: kafka, kafka-2, … The first is on the ports given, the others on free ones.

    With `users` there is one broker, which has a listener of SASL_SSL as well and an authorizer: part.secured(user).
    """
    nodes = [ports, *({setting: free_port() for setting in Kafka.port_settings} for _ in range(brokers - 1))]
    cluster = Cluster(nodes, [Proxied(free_port(), free_port()) for _ in nodes] if proxied else [], users)
    return [Kafka(folder, node_ports, cluster, index, full_compiler=full_compiler) for index, node_ports in enumerate(nodes, 1)]


class Cluster:
    """What its nodes share. With proxies the services are told of these only."""

    def __init__(self, nodes, proxies=(), users=()):
        self.users = users
        self.secured_port = free_port() if users else None
        self.size = len(nodes)
        self.proxies = proxies
        self.id = secrets.token_urlsafe(16)
        self.brokers = ",".join(f"{HOST}:{ports['KAFKA_PORT']}" for ports in nodes)
        controllers = [f"{HOST}:{ports['KAFKA_CONTROLLER_PORT']}" for ports in nodes]
        voters = ",".join(f"{node}@{address}" for node, address in enumerate(controllers, 1))
        # Several that are known beforehand need not find each other first.
        self.quorum = (f"controller.quorum.bootstrap.servers={controllers[0]}" if self.size == 1
                       else f"controller.quorum.voters={voters}")
        self.format_options = ["--standalone"] if self.size == 1 else []
        self.replicas = min(self.size, 3)
        self.in_sync = 2 if self.size > 2 else 1
        self.heap = "-Xmx512m" if self.size == 1 else "-Xmx256m"

    def settings(self):
        replication = {"KAFKA_REPLICATION_FACTOR": str(self.replicas)} if self.size > 1 else {}
        proxies = ",".join(f"{HOST}:{proxied.port}" for proxied in self.proxies)
        return {"KAFKA_BROKERS": proxies or self.brokers, **replication}


class Kafka(Part):
    port_settings = ("KAFKA_PORT", "KAFKA_CONTROLLER_PORT")

    def __init__(self, folder, ports, cluster, node=1, archive_option=None, full_compiler=False):
        name = "kafka" if node == 1 else f"kafka-{node}"
        super().__init__(name, folder, ports)
        self.brokers = cluster.brokers
        self._cluster = cluster
        self._node = node
        self.proxied = cluster.proxies[node - 1] if cluster.proxies else None
        self.data = folder / "data" / name
        self._properties = folder / "run" / f"{name}.properties"
        self._archive_option = archive_option or _use_archive
        self._compiler = [] if full_compiler else SHORT_START

    def settings(self):
        return self._cluster.settings()

    def about(self):
        return f"{HOST}:{self.ports['KAFKA_PORT']}"

    def command(self):
        return self._java("broker", "kafka.Kafka", self._properties)

    def prepare(self):
        cluster = self._cluster
        self._properties.parent.mkdir(parents=True, exist_ok=True)
        self._properties.write_text(PROPERTIES.format(
            node=self._node, host=HOST, port=self.ports["KAFKA_PORT"],
            controller_port=self.ports["KAFKA_CONTROLLER_PORT"], quorum=cluster.quorum, data=self.data,
            replicas=cluster.replicas, in_sync=cluster.in_sync,
            proxied_listener=f",PROXIED://{HOST}:{self.proxied.target}" if self.proxied else "",
            advertised_proxy=f",PROXIED://{HOST}:{self.proxied.port}" if self.proxied else "",
            secured_listener=f",SECURED://{HOST}:{cluster.secured_port}" if cluster.users else "",
            secured_properties=self._secure() if cluster.users else ""))
        if not (self.data / "meta.properties").exists():
            self._format()

    def probe(self):
        """A broker that has started knows itself among the brokers of its cluster."""
        if self._node not in _brokers(self._ask(METADATA, struct.pack(">i", 0))):
            raise NotReady("the broker is not yet one of its cluster")

    def secured(self, user):
        """The settings of a service that comes as this user; its password is its name."""
        return {"KAFKA_BROKERS": f"{HOST}:{self._cluster.secured_port}", "KAFKA_CONF_SECURITY_PROTOCOL": "SASL_SSL",
                "KAFKA_CONF_SASL_MECHANISM": "PLAIN", "KAFKA_CONF_SASL_USERNAME": user,
                "KAFKA_CONF_SASL_PASSWORD": user, "KAFKA_CONF_SSL_CA_LOCATION": str(self._certificate)}

    @property
    def _certificate(self):
        return self._properties.with_suffix(".crt")

    def _secure(self):
        key, keystore = self._properties.with_suffix(".key"), self._properties.with_suffix(".pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=kafka",
                        "-addext", f"subjectAltName=IP:{HOST}", "-keyout", key, "-out", self._certificate],
                       check=True, capture_output=True)
        keystore.write_text(key.read_text() + self._certificate.read_text())
        return SECURED_PROPERTIES.format(keystore=keystore, users=" ".join(
            f'user_{user}="{user}"' for user in self._cluster.users))

    def lose_everything(self, another_cluster):
        """As a broker whose disk was replaced; started again it is empty, under the id it had or another."""
        self.kill()
        shutil.rmtree(self.data)
        if another_cluster:
            self._cluster.id = secrets.token_urlsafe(16)

    def _ask(self, api, body):
        """The answer to version 0 of a request."""
        request = struct.pack(">hhih", api, 0, 1, -1) + body
        with socket.create_connection((HOST, self.ports["KAFKA_PORT"]), timeout=2) as broker:
            broker.sendall(struct.pack(">i", len(request)) + request)
            size = broker.recv(4, socket.MSG_WAITALL)
            answer = broker.recv(struct.unpack(">i", size)[0], socket.MSG_WAITALL) if len(size) == 4 else b""
        if len(answer) < 8:
            raise NotReady("the broker does not answer yet")
        return answer[4:]

    def _format(self):
        # With "=", since an id may begin with a dash.
        command = self._java("format", "kafka.tools.StorageTool", "format", *self._cluster.format_options,
                             f"--cluster-id={self._cluster.id}", "-c", self._properties)
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=False)
        if done.returncode != 0:
            raise Failure(f"cannot format {self.data}:\n{done.stdout}")

    def _java(self, use, main_class, *arguments):
        jars = sorted(KAFKA_JARS.glob("*.jar"))
        if not jars:
            raise Failure(f"no Kafka in {KAFKA_JARS}: deploy/local/prepare brings it")
        # One explicit, sorted list: an archive counts only for the very same class path.
        return [*JVM, *self._compiler, self._cluster.heap, *self._archive_option(use), "-cp", ":".join(map(str, jars)),
                main_class, *map(str, arguments)]


def _brokers(metadata):
    """The node ids in a Metadata response."""
    [count] = struct.unpack_from(">i", metadata)
    found, at = set(), 4
    for _ in range(count):
        node, host_size = struct.unpack_from(">ih", metadata, at)
        found.add(node)
        at += 4 + 2 + host_size + 4
    return found


def _archive(use):
    return KAFKA_JARS / f"{use}.jsa"


def _use_archive(use):
    return [f"-XX:SharedArchiveFile={_archive(use)}"] if _archive(use).exists() else []


def build_archives():
    """Keeps what the JVM learns about classes at a first start: later ones take a third of the time."""
    uses = ("format", "broker")
    if all(_archive(use).exists() for use in uses):
        return
    with tempfile.TemporaryDirectory(dir=KAFKA_JARS) as name:
        folder = Path(name)
        ports = free_ports()
        broker = Kafka(folder, ports, Cluster([ports]),
                       archive_option=lambda use: [f"-XX:ArchiveClassesAtExit={folder / use}"])
        try:
            broker.start()
        finally:
            broker.process.stop(patience=60)
        for use in uses:
            (folder / use).replace(_archive(use))
