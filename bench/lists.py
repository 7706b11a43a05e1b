"""An event's list of people, as the two points about lists need it."""

import http.client
import json
import urllib.request

from shop import ask

FIRST = ("Ada", "María", "José", "Fátima", "Lars", "Núria", "Chloé", "Andrzej", "Yuki", "Olga", "Iván", "Grace")
LAST = ("Lovelace", "García", "Hopper", "Núñez", "Kowalski", "Tanaka", "Ferreira", "Martínez", "Øster", "Dubois",
        "Ivanova", "Serra", "Álvarez")


def rows(count):
    """Lines "name,email,phone", with names as different as people's."""
    for n in range(count):
        i = n * 7919
        name = f"{FIRST[i % len(FIRST)]} {LAST[i // len(FIRST) % len(LAST)]} {LAST[i // len(FIRST) // len(LAST) % len(LAST)]}"
        yield f"{name},person{n}@example.org,+346{n:08}\n"


class List:
    def __init__(self, stack):
        self._url = stack["attendees-svc"].url
        self.event_id = ask("POST", f"{stack['db-svc'].url}/v1/events", {
            "name": "Bench", "starts_at": "2036-05-01T18:00:00Z", "time_zone": "Europe/Madrid",
            "location": "Here", "category": "concert", "currency": "EUR"})["id"]
        self._people = f"/v1/events/{self.event_id}/attendees"

    def send(self, text):
        """Imports a CSV file; the job as it ended."""
        request = urllib.request.Request(f"{self._url}{self._people}/import", data=text, method="POST",
                                         headers={"Content-Type": "text/csv"})
        with urllib.request.urlopen(request, timeout=600) as answer:
            return json.load(answer)

    def export(self, media_type, each=None, most=None):
        """Reads the list as that; how many lines came. Leaves after `most` bytes."""
        host = self._url.removeprefix("http://")
        connection = http.client.HTTPConnection(host, timeout=600)
        connection.request("GET", f"{self._people}/export", headers={"Accept": media_type})
        answer, lines, read = connection.getresponse(), 0, 0
        while (piece := answer.read1(1 << 20)) and (most is None or read < most):
            lines += piece.count(b"\n")
            read += len(piece)
            if each is not None:
                each(lines)
        connection.close()
        return lines
