"""Roles, and who a request to the operator API is from."""

from typing import Any

import pytest

from shared.domain import roles
from shared.domain.roles import Role
from shared.runtime.requester import Requester

CONSOLE = "arn:aws:sts::1:assumed-role/console-role/session"
OTHERS = [
    "arn:aws:sts::1:assumed-role/console-role-2/session",
    "arn:aws:sts::1:assumed-role/other/console-role",
    "arn:aws:iam::1:user/ana",
    "",
]
HEADERS = {
    "x-asked-by": "mia%2Bteam@example.com",
    "X-Asked-Role": "manager",
    "x-asked-from": "198.51.100.9",
}


def _event(signer: str, headers: dict[str, str]) -> dict[str, Any]:
    return {
        "headers": headers,
        "requestContext": {
            "http": {"method": "GET", "sourceIp": "203.0.113.7"},
            "authorizer": {"iam": {"userArn": signer}},
        },
    }


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        (["viewers", "admins"], Role.ADMIN),
        (["managers", "viewers"], Role.MANAGER),
        (["viewers"], Role.VIEWER),
        (["owners"], None),
        ([], None),
    ],
)
def test_the_highest_group_gives_the_role(groups: list[str], role: Role | None) -> None:
    assert roles.highest(groups) is role


def test_a_role_includes_those_below_it() -> None:
    included = {a: [b.value for b in Role if a.includes(b)] for a in Role}

    assert included == {
        Role.VIEWER: ["viewer"],
        Role.MANAGER: ["viewer", "manager"],
        Role.ADMIN: ["viewer", "manager", "admin"],
    }


def test_the_consoles_role_may_name_the_person_their_role_and_their_address() -> None:
    requester = Requester.of(_event(CONSOLE, HEADERS), "console-role")

    assert requester == Requester(
        "mia+team@example.com", Role.MANAGER, "198.51.100.9", is_console=True
    )


@pytest.mark.parametrize("signer", OTHERS)
def test_nobody_else_may_name_a_person(signer: str) -> None:
    requester = Requester.of(_event(signer, HEADERS), "console-role")

    assert requester == Requester(signer, Role.ADMIN, "203.0.113.7", is_console=False)


@pytest.mark.parametrize("role", ["", "Manager", "managers", "root", "viewer,admin"])
def test_a_person_of_the_console_without_a_valid_role_is_a_viewer(role: str) -> None:
    assert Requester.of(_event(CONSOLE, HEADERS | {"X-Asked-Role": role}), "console-role").role == (
        Role.VIEWER
    )


def test_a_request_of_the_console_without_a_person_is_a_viewers() -> None:
    headers = HEADERS | {"x-asked-by": ""}

    requester = Requester.of(_event(CONSOLE, headers), "console-role")

    assert (requester.name, requester.role) == (CONSOLE, Role.VIEWER)
