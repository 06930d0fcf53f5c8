"""The console over HTTP, as a browser without scripts uses it."""

import html
import re
import time
from collections.abc import Callable, Mapping
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

from infra.local import web
from infra.local.web import Response
from shared.stores.sessions import MANAGER, Session, SessionStore
from tests.e2e.service import Service

_TEST_SECONDS = 600
_TAG = re.compile(r"<[^>]*>")


class ConsoleClient:
    """A signed-in person, whose session is stored without Cognito. `now` is when it started."""

    def __init__(
        self,
        service: Service,
        email: str = "mia@example.com",
        role: str = MANAGER,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.url = service.outputs["ConsoleUrl"]
        store = SessionStore(service.dynamodb, service.outputs["ConsoleSessionsTableName"], now)
        self.session_cookie = f"__Host-session-{urlsplit(self.url).port}"
        # Cognito, which does not know this session, is not asked about it during a test.
        checked_at = now() + _TEST_SECONDS
        session = Session(email=email, role=role, checked_at=checked_at, asked_at=checked_at)
        self.cookies = {self.session_cookie: store.start(session)}

    def get(self, path: str) -> Response:
        return self.send("GET", path)

    def post(self, path: str, **fields: str) -> Response:
        """Send a form as a page of the console does."""
        headers = {"Sec-Fetch-Site": "same-origin"}
        return self.send("POST", path, urlencode(fields).encode(), headers)

    def submit(self, path: str, **fields: str) -> Response:
        """Send a form, and load the page to which the response redirects."""
        response = self.post(path, **fields)
        assert response.status_code == 303, response.text
        return self.get(response.headers["Location"].partition("#")[0])

    def send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Send a request to a path of the console, or to one with the path of its URL in front."""
        base = urlsplit(self.url).path
        url = f"{self.url}{path.removeprefix(base)}"
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        response = web.send(method, url, body=body, headers={**(headers or {}), "Cookie": cookies})
        for header in response.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(header).items():
                self.cookies[name] = morsel.value
        return response


class Person:
    """A person who signs in at Cognito's page, in a browser without scripts."""

    def __init__(self, service: Service, email: str, password: str) -> None:
        self._service = service
        self._url = service.outputs["ConsoleUrl"]
        self._email = email
        self._password = password
        self.cookies: dict[str, str] = {}

    def begin(self, path: str) -> Response:
        """Ask for a page, and load the sign-in page to which it leads."""
        return web.send("GET", self._send("GET", path).headers["Location"])

    def finish(self, page: Response) -> Response:
        """Send the sign-in page's form, and return to the console."""
        hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text)
        form = {name: html.unescape(value) for name, value in hidden}
        form |= {"username": self._email, "password": self._password}
        action = re.findall(r'<form[^>]* action="([^"]+)"', page.text)[0]
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        url = urljoin(self._service.outputs["ConsoleSignInUrl"], html.unescape(action))
        signed_in = web.send("POST", url, body=urlencode(form).encode(), headers=headers)
        return self._send("GET", signed_in.headers["Location"])

    def get(self, path: str) -> Response:
        return self._send("GET", path)

    def post(self, path: str, **fields: str) -> Response:
        return self._send("POST", path, urlencode(fields).encode())

    def let_a_minute_pass(self) -> None:
        """Let all sessions be a minute older since their last check."""
        table = self._service.outputs["ConsoleSessionsTableName"]
        for item in self._service.dynamodb.scan(TableName=table)["Items"]:
            item["checked_at"] = item["asked_at"] = {"N": str(time.time() - 61)}
            self._service.dynamodb.put_item(TableName=table, Item=item)

    def _send(self, method: str, address: str, body: bytes | None = None) -> Response:
        base = urlsplit(self._url).path
        path = address.removeprefix(self._url).removeprefix(base)
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Sec-Fetch-Site": "same-origin", "Cookie": cookies}
        response = web.send(method, f"{self._url}{path}", body=body, headers=headers)
        for header in response.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(header).items():
                self.cookies[name] = morsel.value
                if morsel["max-age"] == "0":
                    del self.cookies[name]
        return response


def visible_text(response: Response) -> str:
    """Return a page's text without its elements, with single spaces."""
    return " ".join(_TAG.sub(" ", response.text).split())
