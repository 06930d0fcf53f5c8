"""The console over HTTP, as a browser without scripts uses it."""

import re
import time
from collections.abc import Callable, Mapping
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

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


def visible_text(response: Response) -> str:
    """Return a page's text without its elements, with single spaces."""
    return " ".join(_TAG.sub(" ", response.text).split())
