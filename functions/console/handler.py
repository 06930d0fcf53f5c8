"""The console's pages by their addresses: who may see them, and what is shown when something is
amiss. What stands on them is in views/ and changes.py."""

import os
from typing import Any

from functions.console import changes
from functions.console.cognito import NoGroup, SignInRefused
from functions.console.outside import Refused, Unanswered
from functions.console.page import Answer, cookie
from functions.console.request import ForeignRequest, FormTooLarge, Request, is_own_path
from functions.console.sessions import SIGN_IN_SECONDS
from functions.console.views import addresses
from functions.console.visit import NotAllowed, Site, Visit
from shared.runtime import aws, http, observability
from shared.runtime.settings import ConsoleSettings

settings = ConsoleSettings.load(os.environ)
logger = observability.make_logger("console")
site = Site(settings, aws.make_client("dynamodb"))

_FAILED = {
    "title": "Something went wrong here",
    "said": "The page could not be made. Nothing was changed that you were not told of.",
    "advice": "Reload the page. If it stays like this, tell whoever runs the service the number "
    "below.",
}


def lambda_handler(event: dict[str, Any], context: object) -> Answer:
    request = Request.of(event, site.pages.base)
    visit = Visit(site, request)
    try:
        answer = _answer(visit)
    except Exception as error:  # noqa: BLE001  # a person is to be told something, whatever it is
        answer = _explain(visit, error, http.request_id(event))
    logger.info(
        "page asked for",
        outcome="shown" if answer["statusCode"] < 400 else "refused",
        status_code=answer["statusCode"],
        method=request.method,
        route=request.path.split("/")[1],
    )
    return answer


def _answer(visit: Visit) -> Answer:
    request = visit.request
    if request.method not in ("GET", "POST"):
        return visit.trouble(405, "This cannot be done here", "Open the page again.", "")
    if request.path.startswith("/assets/"):
        found = site.pages.asset(request.path.rpartition("/")[2], visit.accepts)
        if found:
            return found
    public = _PUBLIC.get((request.method, request.path))
    if request.method == "POST":
        request.check_origin(settings.console_url)
    if public:
        return public(visit)
    if visit.session is None:
        return _sign_in_first(visit)
    if request.method == "POST":
        visit.must_be_manager()
        return changes.answer(visit)
    return addresses.answer(visit)


def _sign_in_first(visit: Visit) -> Answer:
    """To Cognito, and then back to what was asked for; what was typed is told to be lost."""
    if visit.request.method == "POST":
        return visit.trouble(
            401,
            "You are signed out",
            "Nothing was changed: your session had ended before you sent this.",
            "Sign in, and do it again.",
            link=("/", "Sign in"),
        )
    if visit.request.headers.get("sec-fetch-mode") == "cors":
        return visit.trouble(401, "You are signed out", "Your session has ended.", "Sign in.")
    query = visit.raw_query
    path = visit.request.path + (f"?{query}" if query else "")
    token, begun = site.sessions.begin_sign_in(path if is_own_path(path) else "/")
    begin = cookie(site.sign_in_cookie, token, seconds=SIGN_IN_SECONDS)
    return site.pages.leave(site.cognito.sign_in_address(begun), cookies=[begin])


def _signed_in(visit: Visit) -> Answer:
    """Back from Cognito, with a code, or with an error."""
    query = visit.request.query
    begun = site.sessions.take_sign_in(
        visit.request.cookies.get(site.sign_in_cookie, ""), query.get("state", "")
    )
    if begun is None or "code" not in query:
        raise SignInRefused
    token = site.sessions.start(site.cognito.session(query["code"], begun))
    path = begun.path if is_own_path(begun.path) else "/"
    cookies = [cookie(site.session_cookie, token), cookie(site.sign_in_cookie, "", seconds=0)]
    return site.pages.redirect(path, cookies=cookies)


def _sign_out(visit: Visit) -> Answer:
    """Here and at Cognito, which brings the person back to a page that says so."""
    site.sessions.end(visit.request.cookies.get(site.session_cookie, ""))
    then = site.cognito.sign_out_address(f"{settings.console_url}/signed-out")
    return site.pages.leave(then, cookies=[cookie(site.session_cookie, "", seconds=0)])


def _signed_out(visit: Visit) -> Answer:
    return visit.trouble(
        200, "You are signed out", "Your session has ended, here and at the sign-in.", "",
        link=("/", "Sign in again"),
    )  # fmt: skip


_PUBLIC = {
    ("GET", "/signed-in"): _signed_in,
    ("GET", "/signed-out"): _signed_out,
    ("POST", "/sign-out"): _sign_out,
}


def _explain(visit: Visit, error: Exception, request_id: str) -> Answer:
    """A page that says what happened and what to do."""
    match error:
        case ForeignRequest():
            told = (403, "This did not come from the console",
                    "Another web page, or a program, asked for this change. Nothing was changed.",
                    "Open the console and do it there.")  # fmt: skip
        case FormTooLarge():
            told = (413, "That is too much for one form", "Nothing was changed.",
                    "Go back and send less: a form may have 128 KB.")  # fmt: skip
        case NotAllowed():
            told = (403, "You may look, but not change",
                    "You are in the group of viewers. Nothing was changed.",
                    "Ask an administrator to make you a manager.")  # fmt: skip
        case SignInRefused():
            told = (400, "The sign-in did not come through",
                    "It was begun in another browser or long ago, or its link was used before.",
                    "Sign in again.")  # fmt: skip
        case NoGroup():
            told = (403, "You are signed in, but nobody has said what you may do",
                    "Your account is in neither of the groups managers and viewers.",
                    "Ask an administrator to put you into one, then sign in again.")  # fmt: skip
        case Unanswered():
            logger.warning("nobody answered", outcome="unanswered", **observability.describe(error))
            told = (504, "The service takes too long to answer",
                    "Whether a change was made is not known; to look does no harm.",
                    "Wait a moment and reload the page.")  # fmt: skip
        case Refused(status_code=404):
            told = (404, "This is not there", "It was deleted, or the address is not complete.",
                    "Look for it from the publishers or the log.")  # fmt: skip
        case Refused(status_code=422):
            reasons = "; ".join(f"{p or 'the request'}: {m}" for p, m in error.problems)
            told = (422, "The address asks for something that cannot be", reasons,
                    "Correct it, or begin again from the page's menu.")  # fmt: skip
        case Refused():
            logger.warning("refused", outcome="refused", status_code=error.status_code)
            told = (502, "The service has trouble", "It could not do what this page needs.",
                    "Wait a moment and reload the page.")  # fmt: skip
        case _:
            logger.error("page failed", outcome="failed", **observability.describe(error))
            told = (500, _FAILED["title"], _FAILED["said"], _FAILED["advice"])
    return visit.trouble(*told, link=("/", "To the publishers"), request_id=request_id)
