"""What the provider has made: objects by kind and id, kept in a file, the newest first where they are listed."""

import json
import secrets
import sqlite3
import threading
import time


class Books:
    def __init__(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        self.lock = threading.RLock()
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.executescript(
            "PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY;"
            "CREATE TABLE IF NOT EXISTS things (n INTEGER PRIMARY KEY, kind TEXT, id TEXT UNIQUE, parent TEXT, body TEXT);"
            "CREATE INDEX IF NOT EXISTS parents ON things (kind, parent);"
            "CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, request TEXT, status INTEGER, body TEXT)")

    def put(self, kind, thing, parent=None):
        """New, or in the place of what has its id."""
        with self.lock:
            self._database.execute(
                "INSERT INTO things (kind, id, parent, body) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (id) DO UPDATE SET body = excluded.body", (kind, thing["id"], parent, json.dumps(thing)))
        return thing

    def get(self, kind, id_):
        with self.lock:
            row = self._database.execute("SELECT body FROM things WHERE kind = ? AND id = ?", (kind, id_)).fetchone()
        return json.loads(row[0]) if row else None

    def all(self, kind, parent=None):
        """Newest first."""
        with self.lock:
            rows = self._database.execute(
                "SELECT body FROM things WHERE kind = ? AND (? IS NULL OR parent = ?) ORDER BY n DESC",
                (kind, parent, parent)).fetchall()
        return [json.loads(row[0]) for row in rows]

    def answered(self, key):
        with self.lock:
            return self._database.execute("SELECT request, status, body FROM answers WHERE key = ?", (key,)).fetchone()

    def keep_answer(self, key, request, status, body):
        with self.lock:
            self._database.execute("INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?)", (key, request, status, body))

    def forget_keys(self):
        """As the real one does after a day."""
        with self.lock:
            self._database.execute("DELETE FROM answers")


def new_id(prefix):
    return f"{prefix}_{secrets.token_hex(12)}"


def now():
    return int(time.time())
