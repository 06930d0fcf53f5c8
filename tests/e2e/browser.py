"""A real browser, Debian's Chromium, spoken to in its own protocol (CDP) over a pair of pipes."""

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from infra.local.waiting import eventually

PROGRAM = shutil.which("chromium")

_PATIENCE_SECONDS = 60

# The protocol is spoken on the descriptors 3 and 4, which subprocess cannot hand over by number.
_WITH_PIPES = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.dup2(int(sys.argv[2]), 4)
os.execv(sys.argv[3], sys.argv[3:])
"""

Message = dict[str, Any]


class Browser:
    """One Chromium; `events` are what it has told of without having been asked."""

    def __init__(self, program: str, profile: Path) -> None:
        self.events: list[Message] = []
        self._unread = b""
        self._last_id = 0
        theirs_in, self._to = os.pipe()
        self._from, theirs_out = os.pipe()
        # Out of the way of 3 and 4.
        pipes = [fcntl.fcntl(pipe, fcntl.F_DUPFD, 10) for pipe in (theirs_in, theirs_out)]
        options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe"]
        options += ["--disable-dev-shm-usage", "--no-first-run", "--no-proxy-server"]
        options += ["--disable-background-networking", f"--user-data-dir={profile}", "about:blank"]
        command = [sys.executable, "-c", _WITH_PIPES, *map(str, pipes), program, *options]
        self._process = subprocess.Popen(
            command,
            pass_fds=pipes,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for pipe in (theirs_in, theirs_out, *pipes):
            os.close(pipe)

    def call(self, method: str, params: Message | None = None, *, session: str = "") -> Message:
        self._last_id += 1
        message = {"id": self._last_id, "method": method, "params": params or {}}
        os.write(
            self._to,
            json.dumps(message | ({"sessionId": session} if session else {})).encode() + b"\0",
        )
        while True:
            answer = self._read()
            if answer.get("id") == self._last_id:
                assert "error" not in answer, (method, answer["error"])
                result: Message = answer["result"]
                return result
            self.events.append(answer)

    def close(self) -> None:
        with suppress(OSError):
            self.call("Browser.close")
        try:
            self._process.wait(timeout=_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._to)
        os.close(self._from)

    def _read(self) -> Message:
        while b"\0" not in self._unread:
            readable, _, _ = select.select([self._from], [], [], _PATIENCE_SECONDS)
            piece = os.read(self._from, 65536) if readable else b""
            if not piece:
                raise OSError("the browser says nothing more")
            self._unread += piece
        text, _, self._unread = self._unread.partition(b"\0")
        message: Message = json.loads(text)
        return message


class Tab:
    """A page, as a person at the browser sees and uses it."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        made = browser.call("Target.createTarget", {"url": "about:blank"})
        self._target = {"targetId": made["targetId"]}
        attached = browser.call("Target.attachToTarget", self._target | {"flatten": True})
        self._session: str = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, params: Message | None = None) -> Message:
        return self._browser.call(method, params, session=self._session)

    def show(self, *, width: int, height: int = 844, dark: bool = False) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.call("Emulation.setDeviceMetricsOverride", size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", {"features": [scheme]})

    def open(self, url: str) -> None:
        """As a person does, who asks again for a page that does not come."""
        for is_last in (False, True):
            answer = self.call("Page.navigate", {"url": url})
            assert "errorText" not in answer, answer
            with suppress(*() if is_last else (TimeoutError,)):
                self.wait_for(
                    "document.readyState === 'complete' && location.href !== 'about:blank'"
                )
                return

    def evaluate(self, expression: str) -> Any:
        answer = self.call(
            "Runtime.evaluate",
            {"expression": expression, "returnByValue": True, "awaitPromise": True},
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait_for(self, expression: str) -> None:
        """Until the expression gives something that counts as true."""
        eventually(lambda: self.evaluate(f"Boolean({expression})") or None, expression)

    def text(self, selector: str) -> str:
        text: str = self.evaluate(f"document.querySelector({json.dumps(selector)}).innerText")
        return text

    def click(self, selector: str) -> None:
        """With the mouse, where it is on the screen."""
        element = f"document.querySelector({json.dumps(selector)})"
        self.evaluate(f"{element}.scrollIntoView({{block: 'center', behavior: 'instant'}})")
        box = self.evaluate(f"{element}.getBoundingClientRect().toJSON()")
        where = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        for kind in ("mousePressed", "mouseReleased"):
            button = {"type": kind, "button": "left", "clickCount": 1}
            self.call("Input.dispatchMouseEvent", where | button)

    def fill(self, selector: str, text: str) -> None:
        """With the keyboard, instead of what is there."""
        self.evaluate(f"document.querySelector({json.dumps(selector)}).select()")
        self.call("Input.insertText", {"text": text})

    def screenshot(self, path: Path) -> None:
        image = self.call("Page.captureScreenshot", {"captureBeyondViewport": True})
        path.write_bytes(base64.b64decode(image["data"]))

    def complaints(self) -> list[str]:
        """Errors in the console: of scripts, of the network, and of the content's policy."""
        self.evaluate("0")  # whatever came before the answer to this has been read
        return [it for event in self._events() if (it := _complaint(event))]

    def printed(self) -> list[str]:
        """What scripts have logged to the console."""
        self.evaluate("0")
        logged = [e["params"] for e in self._events("Runtime.consoleAPICalled")]
        lines = [it["args"] for it in logged if it["type"] == "log"]
        return [" ".join(str(arg["value"]) for arg in line) for line in lines]

    def requests(self) -> list[str]:
        """Method and address of all that was asked for."""
        asked = [e["params"]["request"] for e in self._events("Network.requestWillBeSent")]
        return [f"{request['method']} {request['url']}" for request in asked]

    def transferred(self) -> dict[str, float]:
        """Bytes of the bodies and headers that came over the network, by their addresses."""
        asked = {
            e["params"]["requestId"]: e["params"]["request"]["url"]
            for e in self._events("Network.requestWillBeSent")
        }
        served = {e["params"]["requestId"] for e in self._events("Network.requestServedFromCache")}
        return {
            asked[e["params"]["requestId"]]: e["params"]["encodedDataLength"]
            for e in self._events("Network.loadingFinished")
            if e["params"]["requestId"] in asked and e["params"]["requestId"] not in served
        }

    def press(self, key: str, code: int) -> None:
        """A key of the keyboard, by its name and its code in Windows."""
        text = {"text": "\r"} if key == "Enter" else {}
        named = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        for kind in ("keyDown", "keyUp"):
            pressed = text if kind == "keyDown" else {}
            self.call("Input.dispatchKeyEvent", {"type": kind, **named, **pressed})

    def close(self) -> None:
        self._browser.call("Target.closeTarget", self._target)

    def _events(self, method: str | None = None) -> Iterator[Message]:
        for event in self._browser.events:
            if event.get("sessionId") == self._session and method in (None, event["method"]):
                yield event


def _complaint(event: Message) -> str | None:
    params = event["params"]
    match event["method"]:
        case "Runtime.exceptionThrown":
            return str(params["exceptionDetails"])
        case "Runtime.consoleAPICalled" if params["type"] in ("error", "warning", "assert"):
            return str(params["args"])
        case "Log.entryAdded" if params["entry"]["level"] in ("error", "warning"):
            return f"{params['entry']['text']} {params['entry'].get('url', '')}"
    return None


@contextmanager
def running(profile: Path) -> Iterator[Browser]:
    if PROGRAM is None:
        pytest.skip("there is no Chromium on this machine: apt-get install chromium")
    browser = Browser(PROGRAM, profile)
    try:
        yield browser
    finally:
        browser.close()
