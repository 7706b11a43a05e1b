"""REST clients. Safe to share between threads."""

import random

import requests
from requests.adapters import HTTPAdapter

TIMEOUT_S = 60  # far beyond any deadline of a service: to run into it is a failure


class Rest:
    """Of one instance of a service."""

    def __init__(self, url, key=None):
        self.url = url
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.mount("http://", HTTPAdapter(pool_maxsize=256))
        if key:
            self._session.headers["Authorization"] = f"Bearer {key}"

    def request(self, method, path, **options):
        options.setdefault("timeout", TIMEOUT_S)
        return self._session.request(method, self.url + path, **options)

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, json=None, *, idempotency_key=None, headers=None, **options):
        headers = dict(headers or {})
        if idempotency_key:
            headers["Idempotency-Key"] = idempotency_key
        return self.request("POST", path, json=json, headers=headers, **options)

    def put(self, path, json, **options):
        return self.request("PUT", path, json=json, **options)

    def patch(self, path, json, **options):
        return self.request("PATCH", path, json=json, **options)

    def delete(self, path, **options):
        return self.request("DELETE", path, **options)


class AnyOf:
    """Of several instances: each request goes to one of them, by chance."""

    def __init__(self, urls):
        self._instances = [Rest(url) for url in urls]

    def __getattr__(self, method):
        return getattr(random.choice(self._instances), method)
