"""The console's Lambda function: signs people in, checks what they may do, and explains errors.

views/ has the web pages, and actions.py the forms that change something.
"""

import os
import time
from typing import Any

from functions.console import actions, error_pages, kept_forms, sign_in
from functions.console.browser_request import (
    BrowserRequest,
    is_own_path,
)
from functions.console.cognito import SignInRefused
from functions.console.context import ConsoleApp, RequestContext
from functions.console.error_pages import ErrorPage
from functions.console.http_client import NoResponse
from functions.console.kept_forms import KeptForm
from functions.console.operator_api import ApiError
from functions.console.responses import GatewayResponse, cookie
from functions.console.route_names import route_name
from functions.console.session_check import NotChecked
from functions.console.views import routes
from shared.domain import masking
from shared.runtime import aws, http, observability
from shared.runtime.settings import ConsoleSettings
from shared.stores.sessions import Session, StoredSignIn

settings = ConsoleSettings.load(os.environ)
logger = observability.make_logger("console")
app = ConsoleApp(settings, aws.make_client("dynamodb"))


def lambda_handler(event: dict[str, Any], context: object) -> GatewayResponse:
    request = BrowserRequest.from_event(event, app.base)
    current = RequestContext(app, request)
    try:
        response = _respond(current)
    except Exception as error:  # noqa: BLE001  # every error gets a web page that explains it
        response = _explain(current, error, http.request_id(event))
    session = current.known_session
    logger.info(
        "request handled",
        outcome="shown" if response["statusCode"] < 400 else "refused",
        status_code=response["statusCode"],
        method=request.method,
        route=route_name(request.path),
        asked_by=masking.mask_for_logs(session.email) if session else None,
        role=session.role if session else None,
        asked_from=request.sender,
    )
    return response


def _respond(context: RequestContext) -> GatewayResponse:
    request = context.request
    if request.method not in ("GET", "POST"):
        return context.render_error(
            405,
            "Method not allowed",
            f"This page does not support {request.method}.",
            "Open the page again.",
        )
    if request.path.startswith("/assets/"):
        asset = app.responses.asset(request.path.rpartition("/")[2], context.accept_encoding)
        if asset:
            return asset
    if request.method == "POST":
        request.check_origin(settings.console_url)
    public = _PUBLIC.get((request.method, request.path))
    if public:
        return public(context)
    if context.session is None:
        return _require_sign_in(context)
    if request.method == "POST":
        context.require_manager()
        return actions.perform(context)
    restored = _restored_form(context)
    return actions.show_form(context, restored) if restored else routes.show(context)


def _require_sign_in(context: RequestContext) -> GatewayResponse:
    """Redirect to Cognito, which leads back to the requested page. A form is refused."""
    if context.request.method == "POST":
        page = ErrorPage(
            401,
            "You are signed out",
            "Nothing was changed. Your session ended before you sent this form.",
            "Sign in, then check the form and send it again.",
        )
        return _keep_form(context, page, "Sign in")
    if context.request.headers.get("sec-fetch-mode", "navigate") != "navigate":
        return context.render_error(
            401, "You are signed out", "Your session has ended.", "Sign in again."
        )
    query = context.query_string
    path = context.request.path + (f"?{query}" if query else "")
    ident, value, begun = sign_in.begin(path if is_own_path(path) else "/", time.time())
    prefix, cookies = app.sign_in_cookies, context.request.cookies
    set_cookies = [
        cookie(f"{prefix}{ident}", value, seconds=sign_in.SECONDS),
        *_drop(sign_in.surplus(cookies, prefix, sign_in.MAX_AT_ONCE - 1)),
    ]
    return app.responses.redirect_away(app.cognito.sign_in_url(begun), cookies=set_cookies)


def _keep_form(context: RequestContext, page: ErrorPage, label: str) -> GatewayResponse:
    """Explain why a form was not accepted, and lead back to it with everything that was typed."""
    form = KeptForm(path=context.request.path, fields=context.request.form())
    value = kept_forms.pack(form) if is_own_path(form.page) else None
    if value is None:
        words = page.status_code, page.title, page.explanation, page.advice
        return context.render_error(*words, link=("/", label), typed=form.fields)
    ident, prefix = sign_in.new_id(time.time()), app.form_cookies
    old = sign_in.surplus(context.request.cookies, prefix, kept_forms.MAX_AT_ONCE - 1)
    kept = cookie(f"{prefix}{ident}", value, seconds=kept_forms.SECONDS)
    return context.render_error(
        page.status_code,
        page.title,
        page.explanation,
        f"{page.advice} What you typed is kept for 15 minutes.",
        link=(f"{form.page}?restore={ident}", label),
        cookies=[kept, *_drop(old)],
    )


def _restored_form(context: RequestContext) -> KeptForm | None:
    """Return the form that the address asks to fill in again, if this page has it."""
    ident = context.request.query.get("restore", "")
    form = kept_forms.unpack(context.request.cookies.get(f"{app.form_cookies}{ident}", ""))
    return form if form and form.page == context.request.path and context.is_manager else None


def _finish_sign_in(context: RequestContext) -> GatewayResponse:
    """Start a session with the code that Cognito sent back. Raises SignInRefused and NoGroup."""
    query, cookies = context.request.query, context.request.cookies
    state, prefix = query.get("state", ""), app.sign_in_cookies
    begun = sign_in.finish(cookies, prefix, state, time.time()) or _finish_released(context, state)
    if begun is None or "code" not in query:
        raise SignInRefused
    session = app.cognito.exchange_code(query["code"], begun)
    token = app.sessions.start(session)
    _report_sign_in(context, session)
    path = begun.path if is_own_path(begun.path) else "/"
    finished = [f"{prefix}{state.partition('.')[0]}"]
    set_cookies = [cookie(app.session_cookie, token), *_drop(finished)]
    return app.responses.redirect(path, cookies=set_cookies)


def _finish_released(context: RequestContext, state: str) -> StoredSignIn | None:
    """Return a sign-in that the previous release began, during its last minutes."""
    token = context.request.cookies.get(app.released_sign_in_cookie, "")
    return app.sessions.finish_sign_in(token, state) if token else None


def _report_sign_in(context: RequestContext, session: Session) -> None:
    """Tell the operator API that the person came. Signing in works without its response."""
    try:
        context.api_for(session).send("POST", "people", session.email, "signed-in")
    except (ApiError, NoResponse) as error:
        logger.warning("sign-in not recorded", outcome="skipped", **observability.describe(error))


def _drop(names: list[str]) -> list[str]:
    return [cookie(name, "", seconds=0) for name in names]


def _sign_out(context: RequestContext) -> GatewayResponse:
    """End the session here, then at Cognito, which leads back to `_show_signed_out`."""
    app.sessions.end(context.request.cookies.get(app.session_cookie, ""))
    url = app.cognito.sign_out_url(return_to=f"{settings.console_url}/signed-out")
    return app.responses.redirect_away(url, cookies=[cookie(app.session_cookie, "", seconds=0)])


def _show_signed_out(context: RequestContext) -> GatewayResponse:
    return context.render_error(
        200,
        "You are signed out",
        "Your session has ended, here and at the sign-in page.",
        "",
        link=("/", "Sign in again"),
    )


_PUBLIC = {
    ("GET", "/signed-in"): _finish_sign_in,
    ("GET", "/signed-out"): _show_signed_out,
    ("POST", "/sign-out"): _sign_out,
}


def _explain(context: RequestContext, error: Exception, request_id: str) -> GatewayResponse:
    """Log an error that is not the person's, and respond with a web page that explains it."""
    page = error_pages.describe(error)
    is_kept = isinstance(error, NotChecked) and context.request.method == "POST"
    if page.outcome:
        write = logger.error if page.status_code == 500 else logger.warning
        details = observability.describe(error)
        if isinstance(error, ApiError):
            details = {"status_code": error.status_code}
        write("request failed", outcome=page.outcome, **details)
    if is_kept:
        return _keep_form(context, page, "Back to the form")
    response = context.render_error(
        page.status_code, page.title, page.explanation, page.advice, request_id=request_id
    )
    if isinstance(error, ApiError) and error.retry_after_seconds:
        response["headers"]["Retry-After"] = str(error.retry_after_seconds)
    return response
