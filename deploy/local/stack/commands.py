"""What `make up`, `down`, `status`, `logs`, `watch` and `run-<service>` do."""

import os
import subprocess
import sys
import time
from datetime import timedelta

from .failure import Failure
from .installed import ROOT
from .ports import ports_from_environment
from .process import Process
from .services import SERVICES
from .stack import EVERYTHING, SUPERVISOR, Stack, has_real_provider, recall, remember, stop_everything
from .supervisor import restarts_of, start_supervisor
from .throw_away import throw_away

FOLDER = ROOT / "var"

FIRST_CURL = """\
Try it (the event is a draft until you set "status": "published"):

  curl -sS {db}/v1/events{key} -H 'Content-Type: application/json' -d '{{
    "name": "Spring concert", "category": "concert", "location": "Town hall",
    "starts_at": "2030-05-04T19:00:00Z", "time_zone": "Europe/Madrid", "currency": "EUR"}}'
"""


def up(build):
    stack = _local_stack(build)
    _require_same_ports(stack)
    stop_outdated(stack)
    stack.start()
    remember(stack)
    start_supervisor(stack)
    _print_addresses(stack)
    print()
    key = ' -H "Authorization: Bearer $key"' if os.environ.get("API_KEYS_FILE") else ""
    print(FIRST_CURL.format(db=stack["db-svc"].url, key=key))


def stop_outdated(stack):
    """Stops the services that were built anew, or have other settings, since they started."""
    for service in stack.services:
        if service.outdated:
            print(f"{service.name} was built anew: restarting it")
            service.stop()
        elif changed := service.changed_settings:
            print(f"{service.name} has other settings ({', '.join(changed)}): restarting it")
            service.stop()


def down():
    stopped = stop_everything(FOLDER)
    print(f"stopped {', '.join(stopped)}" if stopped else "nothing was running")


def status(build):
    stack = _local_stack(build)
    rows = status_rows(stack)
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    if stack.running and Process(SUPERVISOR, FOLDER).pid is None:
        print("What dies is not started again: `make up` starts what does that.")
    return 0 if all(row[1] == "ready" for row in rows[1:]) else 1


def status_rows(stack):
    """A line of headings, then one a part."""
    restarts = restarts_of(stack.folder)
    return [("", "state", "pid", "memory", "up for", "restarts", "where"),
            *(_status_row(part, restarts.get(part.name, 0)) for part in stack)]


def logs(name=None):
    """Follows the logs of all, or of one."""
    files = sorted((FOLDER / "log").glob(f"{name or '*'}.log"))
    if not files:
        raise Failure(f"no log of {name or 'anything'} in {FOLDER / 'log'}")
    sys.stdout.flush()
    os.execvp("tail", ["tail", "-n", "20", "-F", *map(str, files)])


def run(name, build):
    """Runs one service in the foreground, in the place of the one in the background."""
    stack = _local_stack(build)
    service = stack[name]
    service.stop()
    stack.start(services=False)
    remember(stack)
    service.prepare()
    print(f"{name} on {service.url}: Ctrl-C ends it", flush=True)
    os.execve(service.command()[0], service.command(), service.environment())


def watch(build):
    """Builds and restarts whenever a source is saved; a build that fails changes nothing."""
    up(build)
    stack = _local_stack(build)
    print("Watching the sources: Ctrl-C ends it, `make down` stops the stack.")
    seen = _sources()
    while True:
        time.sleep(0.3)
        now = _sources()
        if now == seen:
            continue
        seen = now
        if subprocess.run([os.environ.get("MAKE", "make"), "-C", ROOT, "all"], check=False).returncode:
            continue
        for service in stack.services:
            if service.outdated or not service.running:
                _restart_visibly(service)


def catch_up(since, build):
    """Has payments-svc tell again what the card provider's webhooks should have told."""
    if not since:
        raise Failure("say since when: SINCE=2h, SINCE=3d or SINCE=2026-05-01T20:00:00Z")
    service = _local_stack(build)["payments-svc"]
    return subprocess.run([*service.command(), "catch-up", since], env=service.environment(), check=False).returncode


def with_parts(having, command):
    """Runs a command with throw-away parts named in its environment; returns its exit code."""
    with throw_away(*having) as stack:
        stack.start()
        return subprocess.run(command, env={**os.environ, **stack.settings}, check=False).returncode


def _local_stack(build):
    """The stack of this checkout: as it runs, if it runs, else as the environment says."""
    ports, mongo_uri = ports_from_environment(), os.environ.get("MONGO_URI")
    known = recall(FOLDER)
    if known and any(process.pid for process in Process.all_in(FOLDER)):
        ports, mongo_uri = known["ports"], known["mongo_uri"]
    return Stack(FOLDER, ports, EVERYTHING, build, mongo_uri=mongo_uri, real_provider=has_real_provider())


def _require_same_ports(stack):
    """A stack that runs does not move."""
    for setting, wanted in ports_from_environment().items():
        if os.environ.get(setting) and stack.ports[setting] != wanted:
            raise Failure(f"the stack runs with {setting}={stack.ports[setting]}: `make down` first")


def _print_addresses(stack):
    width = max(len(part.name) for part in stack)
    for part in stack:
        print(f"{part.name:{width}}  {part.about()}")


def _status_row(part, restarts):
    pid = part.process.pid
    if not part.running:
        return (part.name, "stopped", "", "", "", str(restarts), part.about())
    reason = part.not_ready()
    state = f"not ready: {reason}"[:60] if reason else "ready"
    if pid is None:
        return (part.name, state, "", "", "", "", part.about())
    age = timedelta(seconds=int(part.up_for))
    return (part.name, state, str(pid), f"{_resident_kib(pid) // 1024} MiB", str(age), str(restarts),
            part.about())


def _resident_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        return next((int(line.split()[1]) for line in file if line.startswith("VmRSS:")), 0)


def _restart_visibly(service):
    try:
        service.restart()
        print(f"{service.name} restarted")
    except Failure as failure:
        print(failure, file=sys.stderr)


def _sources():
    rooms = ["libshared", *SERVICES]
    return {path: path.stat().st_mtime_ns for room in rooms for kind in ("*.c", "*.h", "*.def", "*.py")
            for path in (ROOT / room).rglob(kind)}
