"""People who are signed in to the console in a browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from infra.local import people
from tests.e2e.browser import Tab, new_person
from tests.e2e.service import Service
from tests.e2e.sign_in import sign_in

MANAGER, INVITED = "mia@example.com", "new@example.com"


@pytest.fixture(scope="session")
def url(service: Service) -> str:
    return service.outputs["ConsoleUrl"]


@pytest.fixture(scope="session")
def passwords(service: Service) -> dict[str, str]:
    pool = service.outputs["ConsoleUserPoolId"]
    password = people.add(service.aws, pool, MANAGER, "admins")
    invitation = "Invited-2026-aA1!"
    people.invite(service.aws, pool, INVITED, "managers", invitation)
    return {MANAGER: password, INVITED: invitation}


def _sign_in(browser: Browser, url: str, passwords: dict[str, str]) -> Tab:
    tab = Tab(new_person(browser))
    sign_in(tab, f"{url}/", MANAGER, passwords[MANAGER])
    return tab


@pytest.fixture(scope="session")
def colleague(browser: Browser, url: str, passwords: dict[str, str]) -> Tab:
    """An admin who stays signed in for all tests, so that every page is theirs."""
    return _sign_in(browser, url, passwords)


@pytest.fixture
def manager(colleague: Tab, url: str) -> Tab:
    colleague.start_over()
    colleague.open(f"{url}/")
    return colleague


@pytest.fixture
def newcomer(browser: Browser, url: str, passwords: dict[str, str]) -> Iterator[Tab]:
    """A manager with their own session, which the test may end."""
    tab = _sign_in(browser, url, passwords)
    yield tab
    tab.forget()
