"""python deploy/local COMMAND: the stack on this machine, for people and for the Makefile."""

import argparse
import sys
from pathlib import Path

from stack import SERVICES, Failure, commands
from stack.kafka import build_archives
from stack.supervisor import supervise
from stack.throw_away import guard


def main():
    arguments = _arguments()
    try:
        return arguments.run(arguments) or 0
    except Failure as failure:
        print(f"error: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _arguments():
    parser = argparse.ArgumentParser(prog="deploy/local", description=__doc__)
    parser.add_argument("--build", type=Path, default=Path("build"), help="the folder of the services built")
    commands_ = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name, run, about):
        added = commands_.add_parser(name, help=about)
        added.set_defaults(run=run)
        return added

    command("up", lambda a: commands.up(a.build.resolve()), "start everything, wait until it is ready")
    command("down", lambda a: commands.down(), "stop what was started")
    command("status", lambda a: commands.status(a.build.resolve()), "show what runs and where")
    logs = command("logs", lambda a: commands.logs(a.name), "follow the logs")
    logs.add_argument("name", nargs="?", help="of this one only")
    run = command("run", lambda a: commands.run(a.service, a.build.resolve()),
                  "run a service in the foreground")
    run.add_argument("service", choices=SERVICES)
    command("watch", lambda a: commands.watch(a.build.resolve()), "build and restart on save")
    parts = command("with", _with_parts, "run a command with throw-away parts")
    for part in ("kafka", "database", "mail", "sms", "provider"):
        parts.add_argument(f"--{part}", action="append_const", dest="having", const=part)
    parts.add_argument("command", nargs="+", help="after --")
    catch_up = command("catch-up", lambda a: commands.catch_up(a.since, a.build.resolve()),
                       "tell again what lost webhooks never told")
    catch_up.add_argument("since", nargs="?", default="")
    command("archive", lambda a: build_archives(), "make later starts of Kafka faster")
    command("guard", lambda a: guard(a.folder), "internal: clean up after a test").add_argument(
        "folder", type=Path)
    command("supervise", lambda a: supervise(a.folder, a.build.resolve()),
            "internal: start again what dies").add_argument("folder", type=Path)
    return parser.parse_args()


def _with_parts(arguments):
    return commands.with_parts(arguments.having or [], arguments.command)


if __name__ == "__main__":
    sys.exit(main())
