"""What a person reads when something fails: the words of each error's web page. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from functions.console.browser_request import ForeignRequest, FormTooLarge
from functions.console.cognito import NoGroup, SignInRefused
from functions.console.context import NotAllowed
from functions.console.http_client import NoResponse
from functions.console.operator_api import ApiError
from functions.console.session_check import NotChecked


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """`outcome` is that of a line in the log; an error that is the person's has none."""

    status_code: int
    title: str
    explanation: str
    advice: str
    outcome: str = ""


_UNEXPECTED = ErrorPage(
    500,
    "Something went wrong",
    "If you made a change, it may or may not have been saved.",
    "Reload the page. If it fails again, send the request ID to your administrator.",
    outcome="failed",
)
_BY_ERROR: Mapping[type[Exception], ErrorPage] = {
    ForeignRequest: ErrorPage(
        403,
        "This did not come from the console",
        "Another website or a program sent this form. Nothing was changed.",
        "Open the console and make the change there.",
    ),
    FormTooLarge: ErrorPage(
        413,
        "The form is too large",
        "Nothing was changed.",
        "The maximum is 128 KB. Go back and shorten it.",
    ),
    SignInRefused: ErrorPage(
        400,
        "The sign-in failed",
        "It was started in another browser or too long ago, or was finished already.",
        "Sign in again.",
    ),
    NoGroup: ErrorPage(
        403,
        "You have no access yet",
        "You are signed in, but an administrator has not given you a role.",
        "Ask an administrator to add you to the team, then sign in again.",
    ),
    NotChecked: ErrorPage(
        503,
        "No changes are possible right now",
        "The sign-in service has not confirmed your access. Nothing was changed.",
        "Wait a minute, then send the form again. You can still look at everything.",
        outcome="unchecked",
    ),
    NoResponse: ErrorPage(
        504,
        "The service did not respond in time",
        "If you made a change, it may or may not have been saved.",
        "Wait a moment, then reload the page to check.",
        outcome="unanswered",
    ),
}
_BY_STATUS_CODE: Mapping[int, ErrorPage] = {
    403: ErrorPage(
        403,
        "Your role does not allow this",
        "",
        "Ask an administrator to change your role.",
    ),
    404: ErrorPage(
        404,
        "Page not found",
        "It was deleted, or the address is incomplete.",
        "Look for it under Publishers or in the postback log.",
    ),
    422: ErrorPage(
        422,
        "Invalid filter",
        "",
        "Correct the address, or start again from the menu.",
    ),
    429: ErrorPage(
        429,
        "Too many look-ups",
        "You have looked up as many numbers as a viewer may in an hour.",
        "Wait, then try again. Pages without a number in them still work.",
    ),
}
_API_FAILED = ErrorPage(
    502,
    "The service has a problem",
    "The data for this page could not be loaded.",
    "Wait a moment, then reload the page.",
    outcome="refused",
)


def describe(error: Exception) -> ErrorPage:
    """Return the words for an error."""
    match error:
        case NotAllowed():
            return ErrorPage(
                403,
                "You cannot make changes" if error.role == "manager" else "Only for admins",
                f"{'This' if error.role == 'admin' else 'A change'} needs the role {error.role}. "
                "Nothing was changed.",
                "Ask an administrator to change your role.",
            )
        case ApiError():
            return _describe_response(error)
    return _BY_ERROR.get(type(error), _UNEXPECTED)


def _describe_response(error: ApiError) -> ErrorPage:
    page = _BY_STATUS_CODE.get(error.status_code)
    if page is None or not error.is_explained:
        return page if page and error.is_not_found else _API_FAILED
    if error.is_not_found:
        return page
    explanation = "; ".join(f"{p}: {m}" if p else m for p, m in error.problems)
    if error.status_code == 429 and error.retry_after_seconds:
        minutes = -(-error.retry_after_seconds // 60)
        wait = f"Wait {minutes} minute{'' if minutes == 1 else 's'}, then try again."
        return replace(page, advice=f"{wait} Pages without a number in them still work.")
    return replace(page, explanation=explanation or page.explanation)
