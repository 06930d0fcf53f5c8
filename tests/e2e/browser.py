"""A real browser, the machine's Chromium, driven by Playwright, and its tabs as people use them."""

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
_NOBODY_ANSWERED = (502, 504)
_BAD_KINDS = ("error", "warning", "assert")

Message = dict[str, Any]


class Tab:
    """A page. The tabs of one `context` are one person's: they share cookies."""

    def __init__(self, context: BrowserContext, *, width: int = 1200) -> None:
        self.context = context
        self.page = context.new_page()
        self.page.set_default_timeout(_PATIENCE_MS)
        self._complaints: list[str] = []
        self._printed: list[str] = []
        self._asked: list[Message] = []
        self._from_cache: set[str] = set()
        self._finished: dict[str, float] = {}
        self.page.on("console", self._note_message)
        self.page.on("pageerror", lambda error: self._complaints.append(str(error)))
        # Playwright does not tell of preflight requests, nor of how many bytes came.
        self._protocol = context.new_cdp_session(self.page)
        self._protocol.on("Network.requestWillBeSent", self._note_request)
        self._protocol.on(
            "Network.requestServedFromCache", lambda told: self._from_cache.add(told["requestId"])
        )
        self._protocol.on("Network.loadingFinished", self._note_end)
        self.call("Network.enable")
        self.show(width=width)

    def call(self, method: str, params: Message | None = None) -> Message:
        """Of the DevTools Protocol, for what Playwright has no word for."""
        answer: Message = self._protocol.send(method, params or {})
        return answer

    def show(self, *, width: int, height: int = 844, dark: bool = False) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.call("Emulation.setDeviceMetricsOverride", size)
        self.page.emulate_media(color_scheme="dark" if dark else "light")

    def open(self, url: str) -> None:
        """As a person does, who asks again where a gateway says that nobody answered it."""
        answer = self.page.goto(url)
        if answer and answer.status in _NOBODY_ANSWERED:
            answer = self.page.goto(url)
            assert answer
            assert answer.status not in _NOBODY_ANSWERED

    def reload(self) -> None:
        self.page.reload()

    def evaluate(self, expression: str) -> Any:
        return self.page.evaluate(expression)

    def wait_for(self, expression: str) -> None:
        """Until the expression gives something that counts as true."""
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
        """With the keyboard, wherever the page has its focus."""
        self.page.keyboard.insert_text(text)

    def screenshot(self, path: Path, **options: Any) -> None:
        self.page.screenshot(path=path, full_page=True, **options)

    def complaints(self) -> list[str]:
        """Errors in the console: of scripts, of the network, and of the content's policy."""
        self.evaluate("0")  # whatever came before the answer to this has been noted
        return self._complaints

    def printed(self) -> list[str]:
        """What scripts have logged to the console."""
        self.evaluate("0")
        return self._printed

    def requests(self) -> list[str]:
        """Method and address of all that was asked for."""
        requests = [told["request"] for told in self._asked]
        return [f"{request['method']} {request['url']}" for request in requests]

    def transferred(self) -> dict[str, float]:
        """Bytes of the bodies and headers that came over the network, by their addresses."""
        addresses = {told["requestId"]: told["request"]["url"] for told in self._asked}
        return {
            addresses[request_id]: size
            for request_id, size in self._finished.items()
            if request_id in addresses and request_id not in self._from_cache
        }

    def close(self) -> None:
        """And with it the person's others."""
        for page in self.context.pages:
            page.close()

    def forget(self) -> None:
        """Close it, and all that the browser knows of the person."""
        self.context.close()

    def _is_true(self, expression: str) -> bool | None:
        try:
            return self.evaluate(f"Boolean({expression})") or None
        except Error as error:
            if "navigation" in str(error):  # the page is on its way to another
                return None
            raise

    def _note_message(self, message: ConsoleMessage) -> None:
        if message.type in _BAD_KINDS:
            self._complaints.append(f"{message.text} {message.location['url']}")
        elif message.type == "log":
            self._printed.append(message.text)

    def _note_request(self, told: Message) -> None:
        self._asked.append(told)

    def _note_end(self, told: Message) -> None:
        self._finished[told["requestId"]] = told["encodedDataLength"]


def new_person(browser: Browser) -> BrowserContext:
    """Whom nobody knows yet."""
    # No viewport: `show` makes one, as wide or as narrow as a phone's.
    return browser.new_context(no_viewport=True)


@contextmanager
def running() -> Iterator[Browser]:
    if PROGRAM is None:
        pytest.skip("there is no Chromium on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=_OPTIONS)
        yield browser
        browser.close()
