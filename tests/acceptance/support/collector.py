"""An OTLP collector that keeps what it is sent, as JSON over HTTP."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Collector:
    """`gate` closed: it takes a request and does not answer it."""

    def __init__(self, port):
        self.spans = []
        self.bad = []
        self.gate = threading.Event()
        self.gate.set()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):  # noqa: N802
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector.gate.wait(60)
                try:
                    collector.take(self.path, self.headers["Content-Type"], body)
                except (KeyError, ValueError, AssertionError) as fault:
                    collector.bad.append(repr(fault))
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{port}"

    def take(self, path, kind, body):
        assert (path, kind) == ("/v1/traces", "application/json"), (path, kind)
        for resource in json.loads(body)["resourceSpans"]:
            service = _attributes(resource["resource"])["service.name"]
            for scope in resource["scopeSpans"]:
                for span in scope["spans"]:
                    assert len(span["traceId"]) == 32 and len(span["spanId"]) == 16, span
                    assert int(span["endTimeUnixNano"]) >= int(span["startTimeUnixNano"]) > 10**18, span
                    self.spans.append({**span, "service": service, "attributes": _attributes(span),
                                       "text": json.dumps(span)})

    def of(self, trace_id):
        return [span for span in list(self.spans) if span["traceId"] == trace_id]

    def close(self):
        self.gate.set()
        self._server.shutdown()
        self._server.server_close()


def _attributes(node):
    found = {}
    for one in node.get("attributes", []):
        [(kind, value)] = one["value"].items()
        found[one["key"]] = int(value) if kind == "intValue" else value
    return found
