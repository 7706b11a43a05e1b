"""Where deploy/local/prepare has put what is not in Debian."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PARTS = Path(os.environ.get("PARTS_DIR") or ROOT / "var" / "parts").resolve()
KAFKA_JARS = PARTS / "kafka"
VIEWER = PARTS / "viewer" / "redoc.standalone.js"  # of /docs; perhaps not there
PROGRAMS = PARTS / "venv" / "bin"
