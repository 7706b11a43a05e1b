"""The examples do what their pages say, on the real broker."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support import on_sale
from support.contract import PARTS

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def says(example):
    """What its README says that it prints, as a pattern."""
    [printed] = re.findall(r"It prints:\n\n```\n(.*?)```", (EXAMPLES / example / "README.md").read_text(), re.S)
    return re.escape(printed).replace("…", r"\S+")


def test_python_with_the_cloudevents_sdk(db, stack):
    event, kind = on_sale(db)
    done = subprocess.run([sys.executable, EXAMPLES / "python" / "buy.py", stack["kafka"].brokers, event["id"], kind["id"]],
                          env={**os.environ, "PYTHONPATH": str(PARTS / "contracts")}, capture_output=True, text=True,
                          check=False, timeout=120)
    assert re.fullmatch(says("python"), done.stdout), done.stdout + done.stderr


@pytest.mark.skipif(not shutil.which("npm"), reason="npm is not installed")
def test_typescript_with_generated_types(db, stack, tmp_path):
    folder = tmp_path / "examples" / "typescript"
    shutil.copytree(EXAMPLES / "typescript", folder, ignore=shutil.ignore_patterns("node_modules", "dist"))
    shutil.copytree(EXAMPLES.parent / "docs" / "api", tmp_path / "docs" / "api")
    for command in (["npm", "ci", "--no-audit", "--no-fund"], ["npm", "run", "generate"], ["npm", "run", "build"]):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
    event, kind = on_sale(db)
    done = subprocess.run(["node", folder / "dist" / "buy.js", stack["tickets-svc"].url, event["id"], kind["id"]],
                          capture_output=True, text=True, check=False, timeout=120)
    assert re.fullmatch(says("typescript"), done.stdout), done.stdout + done.stderr


@pytest.mark.skipif(not shutil.which("npm"), reason="npm is not installed")
def test_nestjs_with_its_kafka_client(db, stack, tmp_path):
    folder = tmp_path / "nestjs"
    shutil.copytree(EXAMPLES / "nestjs", folder, ignore=shutil.ignore_patterns("node_modules"))
    done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=folder, capture_output=True, text=True, check=False,
                          timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    event, kind = on_sale(db)
    done = subprocess.run(["node", folder / "buy.js", stack["kafka"].brokers, event["id"], kind["id"]],
                          capture_output=True, text=True, check=False, timeout=300)
    assert re.fullmatch(says("nestjs"), done.stdout), done.stdout + done.stderr


@pytest.mark.skipif(not all(map(shutil.which, ("mvn", "javac"))), reason="Maven or a JDK is not installed")
def test_spring_with_its_replying_template(db, stack, tmp_path):
    folder = tmp_path / "spring"
    shutil.copytree(EXAMPLES / "spring", folder, ignore=shutil.ignore_patterns("lib", "out"))
    for command in (["mvn", "-B", "-q", "dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory=lib"],
                    ["javac", "-encoding", "UTF-8", "-cp", "lib/*", "-d", "out", "Buy.java"]):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=600)
        assert done.returncode == 0, done.stdout + done.stderr
    event, kind = on_sale(db)
    done = subprocess.run(["java", "-cp", "lib/*:out", "Buy", stack["kafka"].brokers, event["id"], kind["id"]], cwd=folder,
                          capture_output=True, text=True, check=False, timeout=300)
    assert re.fullmatch(says("spring"), done.stdout), done.stdout + done.stderr


@pytest.mark.skipif(not all(map(shutil.which, ("kcat", "jq"))), reason="kcat or jq is not installed")
def test_kcat_in_a_shell_script(db, stack):
    event, kind = on_sale(db)
    done = subprocess.run([EXAMPLES / "kcat" / "buy.sh", stack["kafka"].brokers, event["id"], kind["id"]],
                          capture_output=True, text=True, errors="replace", check=False, timeout=300)
    assert re.fullmatch(says("kcat"), done.stdout), done.stdout + done.stderr
