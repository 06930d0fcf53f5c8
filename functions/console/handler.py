"""The console's Lambda function: signs people in, checks what they may do, and explains errors.

views/ has the web pages, and actions.py the forms that change something.
"""

import os
from typing import Any

from functions.console import actions
from functions.console.browser_request import (
    BrowserRequest,
    ForeignRequest,
    FormTooLarge,
    is_own_path,
)
from functions.console.cognito import NoGroup, SignInRefused
from functions.console.context import ConsoleApp, NotAllowed, RequestContext
from functions.console.http_client import NoResponse
from functions.console.operator_api import ApiError
from functions.console.responses import GatewayResponse, cookie
from functions.console.views import routes
from shared.runtime import aws, http, observability
from shared.runtime.settings import ConsoleSettings
from shared.stores.sessions import SIGN_IN_SECONDS

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
    logger.info(
        "request handled",
        outcome="shown" if response["statusCode"] < 400 else "refused",
        status_code=response["statusCode"],
        method=request.method,
        route=request.path.split("/")[1],
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
    return routes.show(context)


def _require_sign_in(context: RequestContext) -> GatewayResponse:
    """Redirect to Cognito, which leads back to the requested page. A form is refused."""
    if context.request.method == "POST":
        return context.render_error(
            401,
            "You are signed out",
            "Nothing was changed. Your session ended before you sent this form.",
            "Sign in, then fill in the form again.",
            link=("/", "Sign in"),
        )
    if context.request.headers.get("sec-fetch-mode") == "cors":
        return context.render_error(
            401, "You are signed out", "Your session has ended.", "Sign in again."
        )
    query = context.query_string
    path = context.request.path + (f"?{query}" if query else "")
    token, sign_in = app.sessions.begin_sign_in(path if is_own_path(path) else "/")
    sign_in_cookie = cookie(app.sign_in_cookie, token, seconds=SIGN_IN_SECONDS)
    return app.responses.redirect_away(app.cognito.sign_in_url(sign_in), cookies=[sign_in_cookie])


def _finish_sign_in(context: RequestContext) -> GatewayResponse:
    """Start a session with the code that Cognito sent back. Raises SignInRefused and NoGroup."""
    query = context.request.query
    token = context.request.cookies.get(app.sign_in_cookie, "")
    sign_in = app.sessions.finish_sign_in(token, query.get("state", ""))
    if sign_in is None or "code" not in query:
        raise SignInRefused
    session_token = app.sessions.start(app.cognito.exchange_code(query["code"], sign_in))
    path = sign_in.path if is_own_path(sign_in.path) else "/"
    cookies = [
        cookie(app.session_cookie, session_token),
        cookie(app.sign_in_cookie, "", seconds=0),
    ]
    return app.responses.redirect(path, cookies=cookies)


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
    match error:
        case ForeignRequest():
            error_page = (
                403,
                "This did not come from the console",
                "Another website or a program sent this form. Nothing was changed.",
                "Open the console and make the change there.",
            )
        case FormTooLarge():
            error_page = (
                413,
                "The form is too large",
                "Nothing was changed.",
                "The maximum is 128 KB. Go back and shorten it.",
            )
        case NotAllowed():
            error_page = (
                403,
                "You cannot make changes",
                "You are a viewer. Nothing was changed.",
                "Ask an administrator to add you to the group managers.",
            )
        case SignInRefused():
            error_page = (
                400,
                "The sign-in failed",
                "It was started in another browser or too long ago, or was finished already.",
                "Sign in again.",
            )
        case NoGroup():
            error_page = (
                403,
                "You have no access yet",
                "You are signed in, but your account is not in the group managers or viewers.",
                "Ask an administrator to add you to a group, then sign in again.",
            )
        case NoResponse():
            logger.warning("no response", outcome="unanswered", **observability.describe(error))
            error_page = (
                504,
                "The service did not respond in time",
                "If you made a change, it may or may not have been saved.",
                "Wait a moment, then reload the page to check.",
            )
        case ApiError(status_code=404):
            error_page = (
                404,
                "Page not found",
                "It was deleted, or the address is incomplete.",
                "Look for it under Publishers or in the postback log.",
            )
        case ApiError(status_code=422):
            error_page = (
                422,
                "Invalid filter",
                "; ".join(f"{p or 'the request'}: {m}" for p, m in error.problems),
                "Correct the address, or start again from the menu.",
            )
        case ApiError():
            logger.warning("refused", outcome="refused", status_code=error.status_code)
            error_page = (
                502,
                "The service has a problem",
                "The data for this page could not be loaded.",
                "Wait a moment, then reload the page.",
            )
        case _:
            logger.error("request failed", outcome="failed", **observability.describe(error))
            error_page = (
                500,
                "Something went wrong",
                "If you made a change, it may or may not have been saved.",
                "Reload the page. If it fails again, send the request ID to your administrator.",
            )
    return context.render_error(*error_page, request_id=request_id)
