"""The context of one request: the person, what they may see, and the ways to respond to them."""

import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from markupsafe import Markup

from functions.console import flash, phone_numbers
from functions.console.browser_request import BrowserRequest, origin
from functions.console.cognito import Cognito
from functions.console.operator_api import Asker, OperatorApi
from functions.console.rendering import Renderer
from functions.console.responses import GatewayResponse, Responses, cookie
from functions.console.session_check import NotChecked, SessionCheck
from shared.domain import session_checks
from shared.runtime.settings import ConsoleSettings
from shared.stores.sessions import ADMIN, MANAGER, Session, SessionStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_FLASH_SECONDS = 60


class NotAllowed(Exception):
    """The person lacks the role that the request needs."""

    def __init__(self, role: str) -> None:
        super().__init__(role)
        self.role = role


class ConsoleApp:
    """What all requests share; created once per process."""

    def __init__(self, settings: ConsoleSettings, client: "DynamoDBClient") -> None:
        console_url = urlsplit(settings.console_url)
        # Browsers share the cookies of a host among all its ports.
        suffix = f"-{console_url.port}" if console_url.port else ""
        self.session_cookie = f"__Host-session{suffix}"
        self.sign_in_cookies = f"__Host-sign-in{suffix}-"
        self.form_cookies = f"__Host-form{suffix}-"
        self.released_sign_in_cookie = f"__Host-sign-in{suffix}"
        self.flash_cookie = f"__Host-flash{suffix}"
        self.base = console_url.path.rstrip("/")
        self.api_url = settings.api_url
        self.renderer = Renderer(self.base)
        self.responses = Responses(self.base, origin(settings.sign_in_url))
        self.sessions = SessionStore(client, settings.sessions_table)
        self.cognito = Cognito(
            url=settings.sign_in_url,
            pool_id=settings.user_pool_id,
            client_id=settings.user_pool_client_id,
            issuer=settings.user_pool_issuer,
            callback=f"{settings.console_url}/signed-in",
        )
        self.check = SessionCheck(self.sessions, self.cognito.check)


class RequestContext:
    """A browser's request, the signed-in person, and the operator API on their behalf."""

    def __init__(self, app: ConsoleApp, request: BrowserRequest) -> None:
        self._app = app
        self.request = request
        self.notice = ""
        """A message for the page of this response."""
        self.accept_encoding = request.headers.get("accept-encoding", "")

    @cached_property
    def session(self) -> Session | None:
        """The session of the request's cookie, checked. Raises NotChecked."""
        token = self.request.cookies.get(self._app.session_cookie, "")
        is_change = self.request.method == "POST"
        return self._app.check.load(token, is_change=is_change) if token else None

    @cached_property
    def api(self) -> OperatorApi:
        return (
            self.api_for(self.session) if self.session else self.api_for(Session(email="", role=""))
        )

    def api_for(self, session: Session) -> OperatorApi:
        asker = Asker(email=session.email, role=session.role, address=self.request.sender)

        def allow_change() -> None:
            if not session_checks.is_in_time(now=time.time(), checked_at=session.checked_at):
                raise NotChecked

        return OperatorApi(self._app.api_url, asker, allow_change)

    @property
    def query_string(self) -> str:
        return urlencode(self.request.query)

    @property
    def cursor(self) -> str | None:
        """The page of a list that the browser asks for; None for the first."""
        return self.request.query.get("cursor") or None

    @property
    def known_session(self) -> Session | None:
        """The session, if it was loaded. Its store may be what failed."""
        session: Session | None = self.__dict__.get("session")
        return session

    @property
    def is_manager(self) -> bool:
        return bool(self.session and self.session.is_manager)

    @property
    def is_admin(self) -> bool:
        return bool(self.session and self.session.is_admin)

    def require_manager(self) -> None:
        """Raises NotAllowed."""
        if not self.is_manager:
            raise NotAllowed(MANAGER)

    def require_admin(self) -> None:
        """Raises NotAllowed."""
        if not self.is_admin:
            raise NotAllowed(ADMIN)

    def show_number(self, number: str | None) -> str:
        """Return a number in national form with E.164 on hover; for viewers the API masks it."""
        if not number:
            return "–"
        if phone_numbers.is_masked(number):
            return number
        national = phone_numbers.to_national(number)
        return Markup('<span title="{}">{}</span>').format(number, national)

    def render(self, template: str, *, status_code: int = 200, **values: Any) -> GatewayResponse:
        """Respond with a web page, which shows the message of the last change once."""
        messages = flash.unpack(self.request.cookies.get(self._app.flash_cookie, ""))
        cookies = [cookie(self._app.flash_cookie, "", seconds=0)] if messages else []
        if self.notice:
            messages = messages | {"text": self.notice}
        html = self._app.renderer.render(
            template,
            session=self.session,
            is_manager=self.is_manager,
            is_admin=self.is_admin,
            show_number=self.show_number,
            flash=messages,
            path=self.request.path,
            **values,
        )
        return self._html(html, status_code, cookies)

    def redirect(self, path: str) -> GatewayResponse:
        return self._app.responses.redirect(path)

    def redirect_with_message(self, path: str, **messages: str) -> GatewayResponse:
        """Redirect to a page that shows `text`, and any other messages that its template knows."""
        packed = flash.pack(messages)
        flash_cookie = cookie(self._app.flash_cookie, packed, seconds=_FLASH_SECONDS)
        return self._app.responses.redirect(path, cookies=[flash_cookie])

    def file(self, body: bytes, headers: dict[str, str]) -> GatewayResponse:
        return self._app.responses.make(200, body, headers, accept_encoding=self.accept_encoding)

    def render_error(
        self,
        status_code: int,
        title: str,
        explanation: str,
        advice: str,
        *,
        link: tuple[str, str] = ("/", "Go to publishers"),
        request_id: str = "",
        typed: Mapping[str, str] | None = None,
        cookies: Sequence[str] = (),
    ) -> GatewayResponse:
        """Respond with a web page that says what happened and what to do.

        `typed` has the fields of a form that could not be kept.
        """
        html = self._app.renderer.render(
            "error.html",
            session=self.known_session,
            flash={},
            path="/",
            title=title,
            explanation=explanation,
            advice=advice,
            link=link,
            request_id=request_id,
            typed=typed or {},
        )
        return self._html(html, status_code, list(cookies))

    def _html(self, html: str, status_code: int, cookies: list[str]) -> GatewayResponse:
        headers = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}
        return self._app.responses.make(
            status_code,
            html.encode(),
            headers,
            accept_encoding=self.accept_encoding,
            cookies=cookies,
        )
