"""One request of one person: who they are, what they may see, and the page that answers them."""

from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from markupsafe import Markup

from functions.console import numbers
from functions.console.cognito import Cognito
from functions.console.outside import OperatorApi
from functions.console.page import Answer, Pages, cookie
from functions.console.request import Request, origin, pack, unpack
from functions.console.sessions import Session, SessionStore
from shared.runtime.settings import ConsoleSettings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_SAID_SECONDS = 60


class NotAllowed(Exception):
    """A viewer asked for a change."""


class Site:
    """What is the same for everybody, made once a process."""

    def __init__(self, settings: ConsoleSettings, client: "DynamoDBClient") -> None:
        address = urlsplit(settings.console_url)
        # All ports of an address share their cookies.
        suffix = f"-{address.port}" if address.port else ""
        self.session_cookie = f"__Host-session{suffix}"
        self.sign_in_cookie = f"__Host-sign-in{suffix}"
        self.said_cookie = f"__Host-said{suffix}"
        self.api_url = settings.api_url
        self.pages = Pages(address.path.rstrip("/"), origin(settings.sign_in_url))
        self.sessions = SessionStore(client, settings.sessions_table)
        self.cognito = Cognito(
            url=settings.sign_in_url,
            pool_id=settings.user_pool_id,
            client_id=settings.user_pool_client_id,
            issuer=settings.user_pool_issuer,
            callback=f"{settings.console_url}/signed-in",
        )


class Visit:
    def __init__(self, site: Site, request: Request) -> None:
        self._site = site
        self.request = request
        self.accepts = request.headers.get("accept-encoding", "")

    @cached_property
    def session(self) -> Session | None:
        token = self.request.cookies.get(self._site.session_cookie, "")
        return self._site.sessions.find(token) if token else None

    @cached_property
    def api(self) -> OperatorApi:
        return OperatorApi(self._site.api_url, self.session.email if self.session else "")

    @property
    def raw_query(self) -> str:
        return urlencode(self.request.query)

    @property
    def is_manager(self) -> bool:
        return bool(self.session and self.session.is_manager)

    def must_be_manager(self) -> None:
        """Raises NotAllowed."""
        if not self.is_manager:
            raise NotAllowed

    def number(self, number: str | None) -> str:
        """As this person may see it: in E.164 on hover, or masked."""
        if not number:
            return "–"
        if not self.is_manager:
            return numbers.mask(number)
        return Markup('<span title="{}">{}</span>').format(number, numbers.show(number))

    def text(self, text: str, number: str | None = None) -> str:
        """Text in which a number may stand, as this person may see it."""
        return text if self.is_manager else numbers.mask_within(text, number)

    def show(self, template: str, *, status_code: int = 200, **values: Any) -> Answer:
        """A page, with what the last change is told to have done, once."""
        said = unpack(self.request.cookies.get(self._site.said_cookie, ""))
        cookies = [cookie(self._site.said_cookie, "", seconds=0)] if said else []
        return self._site.pages.show(
            template,
            status_code=status_code,
            accepts=self.accepts,
            cookies=cookies,
            session=self.session,
            may_change=self.is_manager,
            seen=self.number,
            text=self.text,
            said=said,
            path=self.request.path,
            **values,
        )

    def done(self, path: str, **said: str) -> Answer:
        """On to a page that tells it: `text`, and what is shown this once, in the browser alone."""
        told = cookie(self._site.said_cookie, pack(said), seconds=_SAID_SECONDS)
        return self._site.pages.redirect(path, cookies=[told])

    def redirect(self, path: str) -> Answer:
        return self._site.pages.redirect(path)

    def file(self, body: bytes, headers: dict[str, str]) -> Answer:
        return self._site.pages.answer(200, body, headers, accepts=self.accepts)

    def trouble(
        self,
        status_code: int,
        title: str,
        said: str,
        advice: str,
        *,
        link: tuple[str, str] = ("/", "To the publishers"),
        request_id: str = "",
    ) -> Answer:
        # Of a store that fails, the page that says so must not ask again who this is.
        session = self.__dict__.get("session")
        return self._site.pages.show(
            "trouble.html",
            status_code=status_code,
            accepts=self.accepts,
            session=session,
            said={},
            path="/",
            title=title,
            what=said,
            advice=advice,
            link=link,
            request_id=request_id,
        )
