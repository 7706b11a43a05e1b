"""Kafka: one KRaft node that is broker and controller."""

import secrets
import socket
import struct
import subprocess
import tempfile
from pathlib import Path

from .failure import Failure
from .installed import KAFKA_JARS
from .part import NotReady, Part
from .ports import HOST, free_ports

LOGGING = Path(__file__).resolve().parents[1] / "kafka" / "log4j2.properties"

# A short start counts for more here than the last drop of throughput.
JVM = ["java", "-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xlog:cds*=off",
       f"-Dlog4j2.configurationFile={LOGGING}"]

PROPERTIES = """\
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.quorum.bootstrap.servers={host}:{controller_port}
log.dirs={data}
auto.create.topics.enable=false
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
"""


class Kafka(Part):
    port_settings = ("KAFKA_PORT", "KAFKA_CONTROLLER_PORT")

    def __init__(self, folder, ports, archive_option=None):
        super().__init__("kafka", folder, ports)
        self.brokers = f"{HOST}:{ports['KAFKA_PORT']}"
        self._data = folder / "data" / "kafka"
        self._properties = folder / "run" / "kafka.properties"
        self._archive_option = archive_option or _use_archive

    def settings(self):
        return {"KAFKA_BROKERS": self.brokers}

    def about(self):
        return self.brokers

    def command(self):
        return self._java("broker", "kafka.Kafka", self._properties)

    def prepare(self):
        self._properties.parent.mkdir(parents=True, exist_ok=True)
        self._properties.write_text(PROPERTIES.format(
            host=HOST, port=self.ports["KAFKA_PORT"],
            controller_port=self.ports["KAFKA_CONTROLLER_PORT"], data=self._data))
        if not (self._data / "meta.properties").exists():
            self._format()

    def probe(self):
        """Asks which requests the broker knows (ApiVersions, version 0)."""
        request = struct.pack(">hhih", 18, 0, 1, -1)
        with socket.create_connection((HOST, self.ports["KAFKA_PORT"]), timeout=2) as broker:
            broker.sendall(struct.pack(">i", len(request)) + request)
            answer = broker.recv(10, socket.MSG_WAITALL)
        if len(answer) < 10 or answer[8:10] != b"\0\0":
            raise NotReady("the broker does not answer yet")

    def _format(self):
        # With "=", since an id may begin with a dash.
        command = self._java("format", "kafka.tools.StorageTool", "format", "--standalone",
                             f"--cluster-id={secrets.token_urlsafe(16)}", "-c", self._properties)
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=False)
        if done.returncode != 0:
            raise Failure(f"cannot format {self._data}:\n{done.stdout}")

    def _java(self, use, main_class, *arguments):
        jars = sorted(KAFKA_JARS.glob("*.jar"))
        if not jars:
            raise Failure(f"no Kafka in {KAFKA_JARS}: deploy/local/prepare brings it")
        # One explicit, sorted list: an archive counts only for the very same class path.
        return [*JVM, *self._archive_option(use), "-cp", ":".join(map(str, jars)), main_class,
                *map(str, arguments)]


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
        kafka = Kafka(folder, free_ports(),
                      archive_option=lambda use: [f"-XX:ArchiveClassesAtExit={folder / use}"])
        try:
            kafka.start()
        finally:
            kafka.process.stop(patience=60)
        for use in uses:
            (folder / use).replace(_archive(use))
