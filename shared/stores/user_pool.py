"""The people in Cognito's user pool, by its administrators' API."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError

from shared.domain import roles
from shared.domain.errors import Conflict, InvalidInput, NotFound, Problem
from shared.domain.people import Person
from shared.domain.roles import Role
from shared.runtime import aws

_PAGE_SIZE = 60
"""Cognito's maximum."""
_INVITED = "FORCE_CHANGE_PASSWORD"


class UserPool:
    """Each method raises NotFound for an unknown person."""

    def __init__(self, pool_id: str) -> None:
        self._pool_id = pool_id

    @cached_property
    def client(self) -> Any:
        """The client, made for the first request about people: most processes have none."""
        return aws.make_client("cognito-idp")

    def people(self) -> list[Person]:
        groups: dict[str, list[str]] = {}
        for role in Role:
            for user in self._members(role.group):
                groups.setdefault(user["Username"], []).append(role.group)
        return [_to_person(user, groups.get(user["Username"], ())) for user in self._users()]

    def invite(self, email: str, role: Role) -> None:
        """Create a person, whom Cognito sends a temporary password. Raises Conflict."""
        attributes = {"email": email, "email_verified": "true"}
        with _refusals():
            self.client.admin_create_user(
                **self._named(email),
                DesiredDeliveryMediums=["EMAIL"],
                UserAttributes=[{"Name": name, "Value": v} for name, v in attributes.items()],
            )
            self.client.admin_add_user_to_group(**self._named(email), GroupName=role.group)

    def invite_again(self, email: str) -> None:
        """Raises Conflict if the person has signed in before."""
        with _refusals():
            self.client.admin_create_user(
                **self._named(email), MessageAction="RESEND", DesiredDeliveryMediums=["EMAIL"]
            )

    def change_role(self, email: str, role: Role) -> None:
        """Move a person to another group. A lower role ends with the removal from the old group."""
        named = self._named(email)
        with _refusals():
            self.client.admin_add_user_to_group(**named, GroupName=role.group)
            for other in Role:
                if other is not role:
                    self.client.admin_remove_user_from_group(**named, GroupName=other.group)

    def disable(self, email: str) -> None:
        """Disable a person, and end their sessions."""
        with _refusals():
            self.client.admin_disable_user(**self._named(email))
            self.client.admin_user_global_sign_out(**self._named(email))

    def enable(self, email: str) -> None:
        with _refusals():
            self.client.admin_enable_user(**self._named(email))

    def end_sessions(self, email: str) -> None:
        with _refusals():
            self.client.admin_user_global_sign_out(**self._named(email))

    def remove(self, email: str) -> None:
        """Remove a person. Their tokens are revoked first, since they would outlive the person."""
        with _refusals():
            self.client.admin_user_global_sign_out(**self._named(email))
            self.client.admin_delete_user(**self._named(email))

    def _named(self, email: str) -> dict[str, str]:
        return {"UserPoolId": self._pool_id, "Username": email}

    def _users(self) -> Iterator[Mapping[str, Any]]:
        request = {"UserPoolId": self._pool_id, "Limit": _PAGE_SIZE}
        while True:
            page = self.client.list_users(**request)
            yield from page["Users"]
            if not page.get("PaginationToken"):
                return
            request["PaginationToken"] = page["PaginationToken"]

    def _members(self, group: str) -> Iterator[Mapping[str, Any]]:
        request = {"UserPoolId": self._pool_id, "GroupName": group, "Limit": _PAGE_SIZE}
        while True:
            page = self.client.list_users_in_group(**request)
            yield from page["Users"]
            if not page.get("NextToken"):
                return
            request["NextToken"] = page["NextToken"]


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn Cognito's errors about a person into refusals."""
    try:
        yield
    except ClientError as error:
        if refusal := _REFUSALS.get(error.response["Error"]["Code"]):
            kind, message = refusal
            raise kind(Problem("email", message)) from error
        raise


_REFUSALS = {
    "UserNotFoundException": (NotFound, "is not the address of a person; look it up in the list"),
    "UsernameExistsException": (
        Conflict,
        "was invited already; invite this person again, or change their role",
    ),
    "AliasExistsException": (Conflict, "is the address of another person"),
    "UnsupportedUserStateException": (
        Conflict,
        "has signed in before and needs no invitation; a new password is set where one signs in",
    ),
    "InvalidParameterException": (InvalidInput, "is not an address that Cognito accepts"),
}


def _to_person(user: Mapping[str, Any], groups: Any) -> Person:
    attributes = {each["Name"]: each["Value"] for each in user.get("Attributes", [])}
    has_come = user["UserStatus"] != _INVITED
    return Person(
        email=attributes.get("email", user["Username"]),
        role=roles.highest(groups),
        is_enabled=user["Enabled"],
        has_come=has_come,
        # Sending an invitation again changes the person: its three days start again.
        invited_at=user["UserCreateDate"] if has_come else user["UserLastModifiedDate"],
    )
