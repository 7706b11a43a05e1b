"""Long lists on their way in and out: how far they have come, clients that leave, memory."""

import http.client
import json
import os
import re

import pytest

from support import eventually, new_event, pages, path, problem_of

MIB = 1024 * 1024
GROWTH_MIB = 16
sanitized = "-" in os.environ.get("BUILD", "build")


@pytest.fixture
def event(db):
    return new_event(db)


def csv_rows(first, last):
    return b"".join(b"Ada Lovelace %d,ada%d@example.org\n" % (n, n) for n in range(first, last))


class Upload:
    """A body sent piece by piece, which may also end in the middle."""

    def __init__(self, attendees, event, key):
        self._connection = http.client.HTTPConnection(attendees.url.removeprefix("http://"), timeout=60)
        self._connection.putrequest("POST", path(event, "attendees", "import"))
        for name, value in {"Content-Type": "text/csv", "Idempotency-Key": key, "Transfer-Encoding": "chunked"}.items():
            self._connection.putheader(name, value)
        self._connection.endheaders()

    def send(self, data):
        self._connection.send(b"%x\r\n%s\r\n" % (len(data), data))

    def leave(self):
        self._connection.close()

    def finish(self):
        self._connection.send(b"0\r\n\r\n")
        answer = self._connection.getresponse()
        assert answer.status == 202
        return json.load(answer)


def imports(attendees, event, **filters):
    return list(pages(attendees, path(event, "imports"), **filters))


def count(attendees, event):
    return attendees.get(path(event, "attendees", "counts")).json()["total"]


def pending(service):
    return float(re.search(r"^kafka_requests_pending (\S+)$", service.get("/metrics").text, re.MULTILINE).group(1))


class Memory:
    """What processes hold at most, from now on, beyond what they hold now."""

    def __init__(self, *parts):
        self._pids = {part.name: part.process.pid for part in parts}
        for pid in self._pids.values():
            with open(f"/proc/{pid}/clear_refs", "w", encoding="ascii") as file:
                file.write("5")
        self._before = {name: self._mib(pid, "VmRSS") for name, pid in self._pids.items()}

    def _mib(self, pid, what):
        with open(f"/proc/{pid}/status", encoding="utf-8") as file:
            return next(int(line.split()[1]) for line in file if line.startswith(what)) / 1024

    def growth(self):
        return {name: self._mib(pid, "VmHWM") - self._before[name] for name, pid in self._pids.items()}


def grew_little(memory):
    growth = memory.growth()
    assert sanitized or all(mib < GROWTH_MIB for mib in growth.values()), growth


def test_an_import_tells_how_far_it_is_while_it_runs(attendees, event):
    upload = Upload(attendees, event, "list")
    upload.send(b"name,email\n" + csv_rows(0, 2000))

    [job] = eventually(lambda: [job for job in imports(attendees, event, status="running") if job["imported"] > 1000])
    assert attendees.get(path(event, "imports", job)).json()["status"] == "running"
    assert job["line"] == job["imported"] + 1
    upload.send(csv_rows(2000, 3000))
    done = upload.finish()
    assert (done["id"], done["status"], done["imported"], done["line"]) == (job["id"], "done", 3000, 3001)
    assert imports(attendees, event, status="running") == []


def test_one_whose_client_left_fails_and_is_finished_under_its_key(attendees, event):
    upload = Upload(attendees, event, "list")
    upload.send(b"name,email\n" + csv_rows(0, 2000))
    eventually(lambda: imports(attendees, event) and count(attendees, event) > 0)
    upload.leave()
    [job] = eventually(lambda: imports(attendees, event, status="failed"))
    assert job["failure"] == "interrupted" and job["errors"] == []
    assert 0 < job["imported"] == count(attendees, event) == job["line"] - 1
    again = Upload(attendees, event, "list")
    again.send(b"name,email\n" + csv_rows(0, 2500))
    done = again.finish()
    assert (done["id"], done["status"], done["imported"]) == (job["id"], "done", 2500)
    assert "failure" not in done
    assert count(attendees, event) == 2500


def test_one_whose_service_ended_is_finished_under_its_key(stack, attendees, event):
    upload = Upload(attendees, event, "list")
    upload.send(b"name,email\n" + csv_rows(0, 1000))
    eventually(lambda: count(attendees, event) > 0)
    assert stack["attendees-svc"].stop() == 0
    stack["attendees-svc"].start()
    again = Upload(attendees, event, "list")
    again.send(b"name,email\n" + csv_rows(0, 1500))
    assert again.finish()["imported"] == count(attendees, event) == 1500


def test_another_file_under_the_key_brings_in_nobody(attendees, event):
    def send(data):
        return attendees.post(path(event, "attendees", "import"), data=data, idempotency_key="list",
                              headers={"Content-Type": "text/csv"})
    first = b"name,email\n" + csv_rows(0, 700)
    assert send(first).status_code == 202
    for other in (b"name,email\n" + csv_rows(1000, 3000), first + csv_rows(700, 3000), first[:-1] + b"x\n"):
        problem_of(send(other), 422, "idempotency_key_reused")
    assert count(attendees, event) == 700
    [job] = imports(attendees, event)
    assert (job["status"], job["imported"]) == ("done", 700)


def test_one_that_is_sent_twice_at_once_is_one(attendees, event):
    both = [Upload(attendees, event, "list") for _ in range(2)]
    for upload in both:
        upload.send(b"name,email\n" + csv_rows(0, 1500))
    done = [upload.finish() for upload in both]
    assert [(job["status"], job["imported"], job["rejected"]) for job in done] == [("done", 1500, 0)] * 2
    assert done[0]["id"] == done[1]["id"]
    assert count(attendees, event) == 1500


def test_fifty_mebibytes_come_in_flat_memory(stack, attendees, event):
    memory = Memory(stack["attendees-svc"], stack["db-svc"])
    note = b"n" * 10000
    upload = Upload(attendees, event, "list")
    upload.send(b"name,email,note\n")
    sent = 0
    for n in range(0, 5300, 100):
        piece = b"".join(b"Ada Lovelace,ada%d@example.org,%s\n" % (i, note) for i in range(n, n + 100))
        upload.send(piece)
        sent += len(piece)
    done = upload.finish()
    assert sent > 50 * MIB
    assert (done["status"], done["imported"]) == ("done", 5300)
    grew_little(memory)


def test_fifty_mebibytes_of_junk_are_refused_for_their_first_line(stack, attendees, event):
    memory = Memory(stack["attendees-svc"])
    junk = os.urandom(MIB)
    answer = attendees.post(path(event, "attendees", "import"), data=(junk for _ in range(50)),
                            headers={"Content-Type": "text/csv"})
    assert problem_of(answer, 422, "invalid_csv")["line"] == 1
    assert imports(attendees, event) == []
    grew_little(memory)


def test_an_export_whose_client_left_leaves_nothing_behind(stack, attendees, event):
    upload = Upload(attendees, event, "list")
    upload.send(b"name,email\n" + csv_rows(0, 6000))
    upload.finish()
    memory = Memory(stack["attendees-svc"])
    address = path(event, "attendees", "export")
    for accept in ("text/csv", "application/x-ndjson"):
        for read in (0, 1000, 200_000):
            answer = attendees.get(address, headers={"Accept": accept}, stream=True)
            assert answer.status_code == 200
            assert len(answer.raw.read(read)) == read
            answer.raw._connection.close()
            answer.close()
    eventually(lambda: pending(attendees) == 0)
    whole = attendees.get(address, headers={"Accept": "application/x-ndjson"})
    assert whole.content.count(b"\n") == 6000
    assert pending(attendees) == 0
    grew_little(memory)
