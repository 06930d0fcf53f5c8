"""Cognito's user pool in memory: the operations that the operator API sends.

Requests are validated by botocore's description, and errors are Cognito's.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from botocore.exceptions import ClientError
from botocore.session import Session
from botocore.validate import ParamValidator

_PAGE = 2
"""Few per page, so that readers must read several."""


class FakeUserPool:
    def __init__(self) -> None:
        self.users: dict[str, dict[str, Any]] = {}
        self.groups: dict[str, set[str]] = {}
        self.emails: list[tuple[str, str]] = []
        """Invitations sent: the address, and whether it was sent again."""
        self.signed_out: list[str] = []
        self._service = Session().get_service_model("cognito-idp")

    def come(self, email: str) -> None:
        """Sign a person in for the first time, with a new password."""
        self._user("", email)["UserStatus"] = "CONFIRMED"

    def __getattr__(self, name: str) -> Callable[..., Any]:
        operation = "".join(part.title() for part in name.split("_"))
        handle: Callable[..., Any] = getattr(type(self), f"_{name}")

        def send(**request: Any) -> Any:
            shape = self._service.operation_model(operation).input_shape
            assert shape is not None
            report = ParamValidator().validate(request, shape)
            assert not report.has_errors(), report.generate_report()
            request.pop("UserPoolId")
            return handle(self, operation, **request)

        return send

    def _user(self, operation: str, email: str) -> dict[str, Any]:
        for user in self.users.values():
            if email.casefold() in (_email(user).casefold(), user["Username"]):
                return user
        raise _error(operation, "UserNotFoundException")

    def _admin_create_user(self, operation: str, **request: Any) -> None:
        email = request["Username"]
        is_known = any(_email(user).casefold() == email.casefold() for user in self.users.values())
        if request.get("MessageAction") == "RESEND":
            user = self._user(operation, email)
            if user["UserStatus"] != "FORCE_CHANGE_PASSWORD":
                raise _error(operation, "UnsupportedUserStateException")
            user["UserLastModifiedDate"] = _now()
        elif is_known:
            raise _error(operation, "UsernameExistsException")
        else:
            username = str(uuid4())
            self.users[username] = {
                "Username": username,
                "Attributes": request["UserAttributes"],
                "UserStatus": "FORCE_CHANGE_PASSWORD",
                "Enabled": True,
                "UserCreateDate": _now(),
                "UserLastModifiedDate": _now(),
            }
        self.emails.append((email, request.get("MessageAction", "")))

    def _admin_add_user_to_group(self, operation: str, **request: Any) -> None:
        user = self._user(operation, request["Username"])
        self.groups.setdefault(request["GroupName"], set()).add(user["Username"])

    def _admin_remove_user_from_group(self, operation: str, **request: Any) -> None:
        user = self._user(operation, request["Username"])
        self.groups.get(request["GroupName"], set()).discard(user["Username"])

    def _admin_disable_user(self, operation: str, **request: Any) -> None:
        self._user(operation, request["Username"])["Enabled"] = False

    def _admin_enable_user(self, operation: str, **request: Any) -> None:
        self._user(operation, request["Username"])["Enabled"] = True

    def _admin_user_global_sign_out(self, operation: str, **request: Any) -> None:
        self.signed_out.append(_email(self._user(operation, request["Username"])))

    def _admin_delete_user(self, operation: str, **request: Any) -> None:
        username = self._user(operation, request["Username"])["Username"]
        del self.users[username]
        for members in self.groups.values():
            members.discard(username)

    def _list_users(self, _: str, **request: Any) -> Any:
        return _page([*self.users.values()], request.get("PaginationToken"), "PaginationToken")

    def _list_users_in_group(self, _: str, **request: Any) -> Any:
        members = self.groups.get(request["GroupName"], set())
        users = [user for name, user in self.users.items() if name in members]
        return _page(users, request.get("NextToken"), "NextToken")


def _page(users: list[dict[str, Any]], token: str | None, name: str) -> dict[str, Any]:
    start = int(token or 0)
    following = {name: str(start + _PAGE)} if start + _PAGE < len(users) else {}
    return {"Users": users[start : start + _PAGE], **following}


def _email(user: dict[str, Any]) -> str:
    return str(next(each["Value"] for each in user["Attributes"] if each["Name"] == "email"))


def _error(operation: str, code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "as Cognito says"}}, operation)


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)
