"""What the parts can do by themselves, each measured in the same minutes as the sales beside it."""

import json
import subprocess
from contextlib import contextmanager

DATABASE = "database"
SMALL = "database, small records"
HTTP = "HTTP"
KAFKA = "Kafka"


class Floors:
    def __init__(self, stack, programs):
        self._database = stack["database"].uri
        self._brokers = stack.settings["KAFKA_BROKERS"]
        self._programs = programs

    def all(self, connections, seconds):
        """Figures of each floor; of the database's with as many sales in each transaction."""
        return {DATABASE: self._run("floor", self._database, "bench_floor", connections, seconds),
                SMALL: self._run("floor_small", self._database, "bench_floor", connections, seconds),
                HTTP: self.http(connections, seconds),
                KAFKA: self._run("floor_kafka", self._brokers, connections, seconds)}

    def http(self, connections, seconds):
        with self._server() as port:
            return self._run("load", port, connections, seconds, "POST", "/orders", "x" * 200)

    @contextmanager
    def _server(self):
        with subprocess.Popen([self._programs / "floor_http"], stdout=subprocess.PIPE, text=True) as server:
            try:
                yield int(server.stdout.readline())
            finally:
                server.terminate()

    def _run(self, program, *arguments):
        return run(self._programs / program, *arguments)


def run(program, *arguments, lines=()):
    """The figures that a program prints, which may read lines."""
    done = subprocess.run([program, *map(str, arguments)], input="".join(f"{line}\n" for line in lines),
                          stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)
