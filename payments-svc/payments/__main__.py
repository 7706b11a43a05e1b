"""payments-svc [--help | --version | --print-settings | --print-openapi | --print-asyncapi | catch-up SINCE]"""

import json
import os
import sys
from typing import TextIO

from . import SERVICE, VERSION
from .settings import Settings, SettingsError, help_text, load, print_text

USAGE = f"""Usage: {SERVICE} [OPTION]
  --help             show this
  --version          show the release
  --print-settings   show the settings in force, secrets masked
  --print-openapi    print the OpenAPI document
  --print-asyncapi   print the AsyncAPI document
  catch-up SINCE     tell again what lost webhooks never told, since 2h, 3d or a time, and end

"""


def main(arguments: list[str], out: TextIO, errors: TextIO) -> int:
    option = arguments[0] if arguments else ""
    if option == "--help":
        out.write(USAGE + help_text())
    elif option == "--version":
        out.write(f"{SERVICE} {VERSION}\n")
    elif option in ("--print-openapi", "--print-asyncapi"):
        out.write(_document(option))
    elif option not in ("", "--print-settings", "catch-up") or len(arguments) != (2 if option == "catch-up" else
                                                                                  bool(option)):
        errors.write(f"{SERVICE}: not understood; see --help\n")
        return 2
    else:
        return _with_settings(arguments, out, errors)
    return 0


def _document(option: str) -> str:
    from .asyncapi import asyncapi
    from .openapi import document
    from .routes import ROUTES
    printed = document(ROUTES) if option == "--print-openapi" else asyncapi()
    return json.dumps(printed, ensure_ascii=False, indent=2) + "\n"


def _with_settings(arguments: list[str], out: TextIO, errors: TextIO) -> int:
    try:
        settings = load(os.environ)
    except SettingsError as faults:
        errors.write(f"{faults}\n")
        return 2
    if arguments == ["--print-settings"]:
        out.write(print_text(settings))
        return 0
    fault = _check(settings)
    if fault:
        errors.write(f"{fault}\n")
        return 2
    if arguments:
        from .catch_up import catch_up
        from .parts import Parts
        code, line = catch_up(Parts(settings), arguments[1])
        (out if code == 0 else errors).write(f"{line}\n")
        return code
    from .server import Server
    Server(settings).run()
    return 0


def _check(settings: Settings) -> str | None:
    """What only the libraries know to be wrong."""
    from .keys import Keys, KeysError
    if settings.api_keys_file:
        try:
            Keys(settings.api_keys_file).load()
        except KeysError as error:
            return str(error)
        except OSError as error:
            return f"API_KEYS_FILE: {settings.api_keys_file}: {error.strerror}"
    if settings.kafka_conf:
        from confluent_kafka import KafkaException, Producer
        try:
            Producer({"log_level": 0, **settings.kafka_conf})
        except (KafkaException, ValueError, TypeError) as error:
            return f"KAFKA_CONF_…: {error}"
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], sys.stdout, sys.stderr))
