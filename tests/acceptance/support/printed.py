"""Commands as documents print them, on the ports of a stack."""

import os
import re
import subprocess
import sys
from pathlib import Path

from stack.installed import ROOT

PORTS = {9092: "KAFKA_PORT", 8080: "DB_PORT", 8081: "TICKETS_PORT", 8082: "ATTENDEES_PORT", 8083: "NOTIFY_PORT",
         8084: "PAYMENTS_PORT", 1080: "INBOX_PORT"}


def run_printed(stack, script, flags="-euo", within=600):
    """What bash makes of a script from the root of the tree; it finds the Python that runs this."""
    script = re.sub(r"localhost:(\d+)", lambda at: f"127.0.0.1:{stack.ports[PORTS[int(at[1])]]}", script)
    return subprocess.run(["bash", flags, "pipefail", "-c", script], capture_output=True, text=True, check=False,
                          errors="replace",  # other tests' messages hold any bytes
                          timeout=within, cwd=ROOT,
                          env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"})
