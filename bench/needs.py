"""What has to be there before anything is measured, and how to get what is not."""

import os
import shutil

from stack import SERVICES
from stack.installed import KAFKA_JARS, PARTS, PROGRAMS

MEASURING = ("load", "sink", "seed", "floor", "floor_small", "floor_http", "floor_kafka", "floor_import")


def missing(build):
    """A line for each kind of what is not there."""
    lacking = [(f"in {build}", absent(build / kind / kind for kind in SERVICES), "make"),
               (f"in {build / 'bench'}", absent(build / "bench" / name for name in MEASURING), "make bench"),
               (f"in {PARTS}", _parts(), "make parts"),
               ("on the PATH", [] if shutil.which("java") else ["java"], "deploy/packages/install parts")]
    return [f"not {where}: {', '.join(names)}; `{how}` brings what is missing" for where, names, how in lacking if names]


def absent(paths):
    return [path.name for path in paths if not path.exists()]


def _parts():
    found = {"Kafka": any(KAFKA_JARS.glob("*.jar")), "a database": _has_database(),
             "the packages of payments-svc": (PARTS / "payments").is_dir()}
    return [name for name, there in found.items() if not there]


def _has_database():
    return bool(os.environ.get("MONGO_URI") or shutil.which("mongod")) or (PROGRAMS / "secantusd-rs").exists()
