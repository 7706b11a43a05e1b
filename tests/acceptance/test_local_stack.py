"""The machinery below all other tests: the real parts start, answer, suffer and go away."""

import json
import os
import signal
import smtplib
import subprocess
import sys
from pathlib import Path

import pymongo
import pytest
import requests
from stack import Failure, NotOurs, Stack, free_port, free_ports
from stack.commands import stop_outdated
from stack.ports import ports_from_environment
from stack.process import Process
from stack.stack import stop_everything

from support import Bus, Inbox, eventually

LOCAL = Path(__file__).resolve().parents[2] / "deploy" / "local"


@pytest.fixture(scope="module")
def parts(make_stack):
    with make_stack("kafka", "database", "mail", "sms") as stack:
        stack.start()
        yield stack


def test_kafka_takes_messages_and_gives_them_back(parts):
    bus = Bus(parts["kafka"].brokers)
    bus.create_topic("letters", partitions=4)
    letters = bus.follow("letters")
    bus.produce("letters", b"hello", key="a", headers={"kind": "greeting"})
    letter = letters.next()
    assert (letter.key, letter.value, letter.header("kind")) == (b"a", b"hello", "greeting")
    bus.close()


def test_the_database_has_transactions(parts):
    with pymongo.MongoClient(parts["database"].uri) as client, client.start_session() as session:
        database = client.get_database("parts", write_concern=pymongo.WriteConcern("majority", j=True))
        counters = database.create_collection("counters")  # which not every server does in a transaction
        with session.start_transaction():
            counters.insert_one({"_id": 1}, session=session)
        with pytest.raises(ZeroDivisionError), session.start_transaction():
            counters.insert_one({"_id": 2}, session=session)
            raise ZeroDivisionError
        assert [counter["_id"] for counter in counters.find()] == [1]


def test_a_mail_is_seen_in_the_inbox(parts):
    with smtplib.SMTP("127.0.0.1", parts.ports["SMTP_PORT"]) as smtp:
        smtp.sendmail("box-office@example.org", "ada@example.org", "Subject: Your tickets\r\n\r\nHere.")
    messages = Inbox(parts["mail"].inbox_url).wait_for("ada@example.org")
    assert [message["subject"] for message in messages] == ["Your tickets"]


def test_a_text_message_reaches_the_carrier(parts):
    if "sms-sender" not in parts:
        pytest.skip("Kannel is not installed")
    url = parts["sms-sender"].sms_url.replace("kannel+http://local:local@", "http://")
    answer = requests.get(url, timeout=60, params={
        "username": "local", "password": "local", "from": "box", "to": "+34600000000", "text": "Here."})
    assert answer.status_code == 202, answer.text
    assert eventually(lambda: "sent: sms 1" in parts["sms-gateway"].what_it_says())


def test_killed_parts_come_back_with_what_they_had(make_stack):
    with make_stack("kafka", "database") as parts:
        parts.start()
        bus = Bus(parts["kafka"].brokers)
        bus.create_topic("kept")
        bus.produce("kept", b"message")
        with pymongo.MongoClient(parts["database"].uri, w="majority", journal=True) as client:
            client.parts.kept.insert_one({"_id": 1})

        for name in ("kafka", "database"):
            parts[name].kill()
            assert not parts[name].running
            parts[name].start()

        bus = Bus(parts["kafka"].brokers)
        assert bus.follow("kept", from_beginning=True).next().value == b"message"
        bus.close()
        with pymongo.MongoClient(parts["database"].uri) as client:
            assert client.parts.kept.count_documents({}) == 1


def test_a_paused_part_runs_but_is_not_ready(parts):
    parts["mail"].pause()
    try:
        assert parts["mail"].running
        assert parts["mail"].not_ready()
    finally:
        parts["mail"].resume()
    assert eventually(lambda: parts["mail"].not_ready() is None)


def test_every_taken_port_is_named_with_its_setting_before_anything_starts(parts, tmp_path):
    ports = {**free_ports(), **{name: parts.ports[name] for name in ("KAFKA_PORT", "SMTP_PORT")}}
    second = Stack(tmp_path, ports, ("kafka", "database", "mail"))
    with pytest.raises(Failure) as failure:
        second.start()
    for name in ("KAFKA_PORT", "SMTP_PORT"):
        assert f"port {ports[name]} is taken: set {name} to another" in str(failure.value)
    assert not second.running


@pytest.mark.parametrize("text", ["http", "0", "65536", "-1"])
def test_a_port_that_is_none_is_refused(text):
    with pytest.raises(Failure, match="TICKETS_PORT"):
        ports_from_environment({"TICKETS_PORT": text})


def test_a_service_that_cannot_start_is_an_error_with_the_end_of_its_log(make_stack, tmp_path):
    program = tmp_path / "tickets-svc" / "tickets-svc"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho no such broker >&2\nexit 3\n")
    program.chmod(0o755)
    with make_stack("mail") as parts:
        parts.build = tmp_path
        service = parts.add_service("tickets-svc")
        with pytest.raises(Failure) as failure:
            service.start()
    assert "ended (exit code 3)" in str(failure.value)
    assert "no such broker" in str(failure.value)


def test_a_service_that_is_not_built_is_an_error(make_stack, tmp_path):
    with make_stack("mail") as parts:
        parts.build = tmp_path
        with pytest.raises(Failure, match="build it with make"):
            parts.add_service("notify-svc").start()


def test_a_service_that_runs_is_started_again_with_settings_that_changed(make_stack, tmp_path, capsys):
    def answer():
        try:
            return requests.get(f"{service.url}/v1/events", timeout=60).status_code
        except requests.ConnectionError:
            return None

    keys = tmp_path / "keys"
    keys.write_text(f"desk:{'0' * 64}:read\n")
    with make_stack("mail") as parts:
        service = parts.add_service("tickets-svc", KAFKA_BROKERS="127.0.0.1:1")
        service.launch()
        eventually(lambda: answer() == 503)  # it asks for no key, and has no broker
        service.extra_environment = {"TERM": "another"}
        stop_outdated(parts)
        assert service.running and capsys.readouterr().out == ""

        service.extra_environment = {"API_KEYS_FILE": str(keys), "KAFKA_CONF_CLIENT_RACK": "a"}
        stop_outdated(parts)
        assert capsys.readouterr().out == (
            f"{service.name} has other settings (API_KEYS_FILE, KAFKA_CONF_CLIENT_RACK): restarting it\n")
        service.launch()
        eventually(lambda: answer() == 401)
        stop_outdated(parts)
        assert service.running and capsys.readouterr().out == ""


def test_another_program_finds_and_stops_what_one_has_started(tmp_path):
    stack = Stack(tmp_path, free_ports(), ("mail",))
    stack.start()
    again = Stack(tmp_path, stack.ports, ("mail",))
    assert again["mail"].process.pid == stack["mail"].process.pid
    again.start()
    assert again["mail"].process.pid == stack["mail"].process.pid
    assert stop_everything(tmp_path) == ["mail"]
    assert not stack.running
    assert stop_everything(tmp_path) == []


def test_a_stranger_with_a_remembered_pid_is_left_alone(tmp_path):
    ours = Process("mail", tmp_path)
    ours.start(["sleep", "60"])
    record = tmp_path / "run" / "mail.process"
    known = json.loads(record.read_text())
    record.write_text(json.dumps({**known, "start_time": known["start_time"] - 1}))
    assert stop_everything(tmp_path) == []
    assert ours.exit_code is None
    record.write_text(json.dumps(known))
    assert stop_everything(tmp_path) == ["mail"]
    assert ours.exit_code == -signal.SIGTERM


def test_a_process_that_ignores_sigterm_is_killed(tmp_path):
    stubborn = Process("stubborn", tmp_path)
    stubborn.start(["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1; done"])
    eventually(lambda: stubborn.tail() == "ready")
    assert stubborn.stop(patience=0.2) == -signal.SIGKILL
    assert stubborn.pid is None


def _with_parts(*arguments):
    return [sys.executable, str(LOCAL), "with", *arguments]


def test_a_process_that_ends_by_itself_meanwhile_is_stopped(tmp_path, monkeypatch):
    """As Kannel's sender does once its gateway is gone."""
    ending = Process("ending", tmp_path)
    ending.start(["sleep", "1000"])
    kill = os.kill

    def end_at_once(pid, number):
        kill(pid, number)
        kill(pid, signal.SIGKILL)
        eventually(lambda: ending.pid is None)
    monkeypatch.setattr(os, "kill", end_at_once)
    ending.stop()
    assert ending.pid is None and not ending.wanted


def test_a_command_is_given_parts_and_its_exit_code_is_passed_on():
    done = subprocess.run(_with_parts("--database", "--", "sh", "-c", "echo $MONGO_URI; exit 7"),
                          capture_output=True, text=True, check=False)
    assert done.returncode == 7
    assert done.stdout.startswith("mongodb://")
    uri = done.stdout.strip()
    if uri != os.environ.get("MONGO_URI"):
        with pymongo.MongoClient(uri, serverSelectionTimeoutMS=200) as client, \
                pytest.raises(pymongo.errors.ServerSelectionTimeoutError):
            client.admin.command("hello")


def test_a_database_that_is_somebody_elses_is_not_hurt(tmp_path):
    stack = Stack(tmp_path, free_ports(), ("database",), mongo_uri="mongodb://db.example/")
    database = stack["database"]
    for hurt in (database.kill, database.pause, database.back_up, database.set_back):
        with pytest.raises(NotOurs, match="MONGO_URI"):
            hurt()


def test_even_a_killed_test_leaves_no_part_behind():
    port = free_port()
    with subprocess.Popen(_with_parts("--mail", "--", "sh", "-c", "echo $SMTP_URL; sleep 60"),
                          env={**os.environ, "TEST_PORTS": f"{port}-{port + 40}"},
                          stdout=subprocess.PIPE, text=True) as run:
        host, smtp_port = run.stdout.readline().strip().removeprefix("smtp://").split(":")
        smtplib.SMTP(host, int(smtp_port)).close()
        run.kill()

    def gone():
        try:
            smtplib.SMTP(host, int(smtp_port)).close()
        except (ConnectionRefusedError, smtplib.SMTPServerDisconnected):
            return True
    assert eventually(gone)
