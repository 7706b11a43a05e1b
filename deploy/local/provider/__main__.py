"""A card provider to try things with: python deploy/local/provider --port N --data FILE --webhook URL --secret S.

It speaks the part of the real one's API that payments-svc uses, has a paying page, and sends signed webhooks. What
goes wrong is asked for at /_control: see behaviour.py.
"""

import argparse
import signal
import sys
import threading
from http.server import ThreadingHTTPServer
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from api import Api
from behaviour import Behaviour
from books import Books
from handler import handler_of
from webhooks import Webhooks


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


def main():
    parser = argparse.ArgumentParser(prog="deploy/local/provider", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--url", help="where buyers' browsers find it")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--webhook", required=True)
    parser.add_argument("--secret", required=True)
    arguments = parser.parse_args()
    behaviour = Behaviour()
    books = Books(arguments.data)
    webhooks = Webhooks(arguments.webhook, arguments.secret, behaviour, books)
    api = Api(books, webhooks, arguments.url or f"http://127.0.0.1:{arguments.port}")
    server = Server((arguments.host, arguments.port), handler_of(api, behaviour, webhooks))
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever(poll_interval=0.1)


if __name__ == "__main__":
    main()
