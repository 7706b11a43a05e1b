"""A real browser, without a window: Chromium by its DevTools protocol."""

import base64
import json
import os
import shutil
import subprocess
import threading

from .wait import eventually, patience

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync", "--hide-scrollbars",
         "--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe"]


class Browser:
    """One page. Browser(folder) as browser: browser.show(url, width=360, dark=True); browser.evaluate("1 + 1")."""

    def __init__(self, folder):
        self.folder = folder

    def __enter__(self):
        to_read, self._write = os.pipe()
        self._read, to_write = os.pipe()
        # The browser reads its file 3 and writes its file 4. Not by sh: it may know files to 9 alone.
        self._process = subprocess.Popen(
            ["bash", "-c", f'exec "$0" "$@" 3<&{to_read} 4>&{to_write}', CHROMIUM, *FLAGS,
             f"--user-data-dir={self.folder / 'profile'}", "about:blank"],
            pass_fds=(to_read, to_write), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(to_write)
        self._watchdog = threading.Timer(patience(120), self._process.kill)
        self._watchdog.start()
        self._rest, self._n, self._session, self.events = b"", 0, None, []
        [page] = [one for one in self.send("Target.getTargets")["targetInfos"] if one["type"] == "page"]
        self._session = self.send("Target.attachToTarget", targetId=page["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.send(f"{domain}.enable")
        return self

    def __exit__(self, *exception):
        self._watchdog.cancel()
        self._process.kill()
        self._process.wait()
        os.close(self._write)
        os.close(self._read)

    def _receive(self):
        while b"\0" not in self._rest:
            more = os.read(self._read, 1 << 20)
            assert more, "the browser has ended"
            self._rest += more
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)

    def send(self, method, **params):
        """The result of a command; what happens meanwhile goes to `events`."""
        self._n += 1
        message = {"id": self._n, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while (answer := self._receive()).get("id") != self._n:
            self.events.append(answer)
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def show(self, url, width, height=900, dark=False):
        """Opens a page in a window so wide, anew."""
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                  mobile=width < 600)
        self.send("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        self.send("Page.navigate", url="about:blank")
        self.send("Page.navigate", url=url)

    def evaluate(self, script):
        """The value of a script in the page, once it is there if it is promised."""
        result = self.send("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def until(self, script):
        """The value of a script once it is true."""
        return eventually(lambda: self.evaluate(f"(() => {{ try {{ return {script} }} catch {{ return false }} }})()"))

    def picture(self, whole=True):
        """A PNG of the page."""
        taken = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        return base64.b64decode(taken["data"])

    def requests(self):
        """Every request that the page has sent, in their order."""
        self.evaluate("0")
        return [one["params"]["request"] for one in self.events if one["method"] == "Network.requestWillBeSent"]

    def complaints(self):
        """What the browser has logged as wrong."""
        self.evaluate("0")
        return [one["params"] for one in self.events
                if one["method"] == "Log.entryAdded" or one["method"] == "Runtime.exceptionThrown"]
