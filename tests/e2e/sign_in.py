"""Signs people in to the console, on the login page of the embedded Cognito."""

from contextlib import suppress

from tests.e2e.browser import Tab

_SIGNED_IN = "document.querySelector('main h1') && document.readyState === 'complete'"


def sign_in(tab: Tab, url: str, user: str, password: str) -> None:
    """Sign in, and start again once if the next page does not load, as a person would."""
    for is_last in (False, True):
        tab.context.clear_cookies()
        tab.open(url)
        type_credentials(tab, user, password)
        with suppress(*() if is_last else (TimeoutError,)):
            tab.wait_for(_SIGNED_IN)
            return


def type_credentials(tab: Tab, user: str, password: str) -> None:
    tab.fill("input[name=username]", user)
    tab.fill("input[name=password]", password)
    tab.click("[type=submit]")
