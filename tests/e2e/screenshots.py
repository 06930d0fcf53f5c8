"""`make screenshots`: takes the pictures of docs/console.md from `make run DEMO=1`."""

import json
import sys
from pathlib import Path

from infra.local.__main__ import RUN_FILE
from tests.e2e.browser import Tab, new_person, running
from tests.e2e.sign_in import sign_in

TARGET = Path("docs/console")
_SHOWN = {
    "publishers-wide-light",
    "publisher-wide-dark",
    "key-wide-light",
    "log-wide-light",
    "log-narrow-dark",
    "posting-wide-light",
}
_MAX_HEIGHT = 850
"""Maximum height in pixels. Longer pages are cut at the end, and a key's page at the start, to show
its test posting."""


def main(target: Path = TARGET) -> int:
    if not RUN_FILE.exists():
        return 1
    facts = json.loads(RUN_FILE.read_text())
    target.mkdir(parents=True, exist_ok=True)
    with running() as browser:
        tab = Tab(new_person(browser))
        sign_in(tab, facts["console_url"], facts["console_user"], facts["console_password"])
        addresses = _addresses(tab, facts["console_url"].rstrip("/"))
        for name, url in addresses.items():
            for width, dark in ((1200, False), (1200, True), (390, False), (390, True)):
                tab.show(width=width, height=800 if width > 390 else 844, dark=dark)
                tab.open(url)
                form = f"{'wide' if width > 390 else 'narrow'}-{'dark' if dark else 'light'}"
                if target != TARGET or f"{name}-{form}" in _SHOWN:
                    _take(tab, target / f"{name}-{form}.png", width)
    return 0


def _take(tab: Tab, path: Path, width: int) -> None:
    whole = int(tab.evaluate("document.documentElement.scrollHeight"))
    height = min(whole, _MAX_HEIGHT)
    top = whole - height if path.name.startswith("key-") else 0
    tab.screenshot(path, clip={"x": 0, "y": top, "width": width, "height": height})


def _addresses(tab: Tab, url: str) -> dict[str, str]:
    def first(selector: str) -> str:
        return str(tab.evaluate(f"document.querySelector('{selector}').href"))

    found = {"publishers": f"{url}/publishers"}
    tab.open(found["publishers"])
    busiest = (
        "[...document.querySelectorAll('td a')].find(a => a.textContent.startsWith('Harbor')).href"
    )
    publisher = str(tab.evaluate(busiest))
    found["publisher"] = f"{publisher.split('?', maxsplit=1)[0]}?add=1"
    tab.open(publisher)
    found["key"] = _tested(tab, first("td a"))
    found["log"] = f"{url}/log"
    tab.open(f"{url}/log?outcome=applied")
    found["posting"] = first("#rows td a")
    tab.open(found["posting"])
    found["call"] = first(".time li a")
    tab.open(found["posting"])
    found["caller"] = first("dl dd a")
    found["platform-keys"] = f"{url}/platform-keys"
    found["team"] = f"{url}/team"
    found["history"] = f"{url}/history"
    return found


def _tested(tab: Tab, key: str) -> str:
    """Send a test posting, and return the address of the key's page that shows it."""
    tab.open(key)
    tab.fill("#caller_number", "+1 555 123 0109")
    tab.evaluate("window.isOld = true")
    tab.click("form[action$=test] button")
    tab.wait_for("!window.isOld && document.readyState === 'complete'")
    return str(tab.evaluate("location.href.split('#')[0]"))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET))
