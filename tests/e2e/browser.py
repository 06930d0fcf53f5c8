"""The machine's Chromium, driven by Playwright, and its tabs as people use them."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, sync_playwright

from infra.local.waiting import eventually

PROGRAM = shutil.which("chromium")

_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server"]
_PATIENCE_MS = 60_000
_NO_RESPONSE = (502, 504)
_BAD_KINDS = ("error", "warning", "assert")

Message = dict[str, Any]


class Tab:
    """A tab. Tabs with one `context` belong to one person and share cookies."""

    def __init__(self, context: BrowserContext, *, width: int = 1200) -> None:
        self.context = context
        self.page = context.new_page()
        self.page.set_default_timeout(_PATIENCE_MS)
        self._complaints: list[str] = []
        self._printed: list[str] = []
        self._requests: list[Message] = []
        self._from_cache: set[str] = set()
        self._finished: dict[str, float] = {}
        self.page.on("console", self._note_message)
        self.page.on("pageerror", lambda error: self._complaints.append(str(error)))
        # Playwright reports neither preflight requests nor transferred bytes.
        self._protocol = context.new_cdp_session(self.page)
        self._protocol.on("Network.requestWillBeSent", self._note_request)
        self._protocol.on(
            "Network.requestServedFromCache", lambda event: self._from_cache.add(event["requestId"])
        )
        self._protocol.on("Network.loadingFinished", self._note_end)
        self.call("Network.enable")
        self.show(width=width)

    def start_over(self, *, width: int = 1200) -> None:
        """Leave the page, and forget what it did. That takes half the time of a new tab."""
        if self.page.url.startswith("http"):
            self.evaluate("sessionStorage.clear()")
        self.page.goto("about:blank")
        self.call("Emulation.setTimezoneOverride", {"timezoneId": ""})
        self.show(width=width)
        self.complaints()
        for noted in (self._complaints, self._printed, self._requests):
            noted.clear()
        self._from_cache.clear()
        self._finished.clear()

    def call(self, method: str, params: Message | None = None) -> Message:
        """Call a method of the DevTools Protocol that Playwright does not offer."""
        result: Message = self._protocol.send(method, params or {})
        return result

    def show(self, *, width: int, height: int = 844, dark: bool = False) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.call("Emulation.setDeviceMetricsOverride", size)
        self.page.emulate_media(color_scheme="dark" if dark else "light")

    def open(self, url: str) -> None:
        """Load a page, and reload it once if the gateway reports no response, as a person would."""
        response = self.page.goto(url)
        if response and response.status in _NO_RESPONSE:
            response = self.page.goto(url)
            assert response
            assert response.status not in _NO_RESPONSE

    def reload(self) -> None:
        self.page.reload()

    def evaluate(self, expression: str) -> Any:
        return self.page.evaluate(expression)

    def wait_for(self, expression: str) -> None:
        """Wait until the expression is true."""
        eventually(lambda: self._is_true(expression), expression)

    def text(self, selector: str) -> str:
        return self.page.locator(selector).first.inner_text()

    def click(self, selector: str) -> None:
        self.page.locator(selector).first.click()

    def fill(self, selector: str, text: str) -> None:
        self.page.locator(selector).first.fill(text)

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        """Type with the keyboard, into the element that has the focus."""
        self.page.keyboard.insert_text(text)

    def screenshot(self, path: Path, **options: Any) -> None:
        self.page.screenshot(path=path, full_page=True, **options)

    def complaints(self) -> list[str]:
        """Return the errors in the browser's console: of scripts, network and content policy."""
        self.evaluate("0")  # messages arrive in order: all earlier ones are noted now
        return self._complaints

    def printed(self) -> list[str]:
        """Return the messages that scripts logged to the browser's console."""
        self.evaluate("0")
        return self._printed

    def requests(self) -> list[str]:
        """Return the method and URL of each request."""
        requests = [event["request"] for event in self._requests]
        return [f"{request['method']} {request['url']}" for request in requests]

    def transferred(self) -> dict[str, float]:
        """Return the bytes of headers and body received over the network, by URL."""
        urls = {event["requestId"]: event["request"]["url"] for event in self._requests}
        return {
            urls[request_id]: size
            for request_id, size in self._finished.items()
            if request_id in urls and request_id not in self._from_cache
        }

    def close(self) -> None:
        """Close all tabs of the person."""
        for page in self.context.pages:
            page.close()

    def forget(self) -> None:
        """Close all tabs of the person, and delete their cookies and storage."""
        self.context.close()

    def _is_true(self, expression: str) -> bool | None:
        try:
            return self.evaluate(f"Boolean({expression})") or None
        except Error as error:
            if "navigation" in str(error):  # the next page is loading
                return None
            raise

    def _note_message(self, message: ConsoleMessage) -> None:
        if message.type in _BAD_KINDS:
            self._complaints.append(f"{message.text} {message.location['url']}")
        elif message.type == "log":
            self._printed.append(message.text)

    def _note_request(self, event: Message) -> None:
        self._requests.append(event)

    def _note_end(self, event: Message) -> None:
        self._finished[event["requestId"]] = event["encodedDataLength"]


def new_person(browser: Browser) -> BrowserContext:
    """Return a context without cookies or storage."""
    # No viewport, so that `show` can be as narrow as a phone.
    return browser.new_context(no_viewport=True)


@contextmanager
def running() -> Iterator[Browser]:
    if PROGRAM is None:
        pytest.skip("there is no Chromium on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=_OPTIONS)
        yield browser
        browser.close()
