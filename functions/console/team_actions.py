"""Handles the forms of the Team page, which only admins may send."""

from collections.abc import Mapping, Sequence
from urllib.parse import unquote

from functions.console import fields
from functions.console.changes import Change, Form
from functions.console.context import RequestContext
from functions.console.operator_api import ApiError
from functions.console.responses import GatewayResponse
from functions.console.views import team

_PAGE = "/team"


def find(context: RequestContext, parts: Sequence[str], form: Form) -> Change:
    """Return the change of a form that was sent to this path below /team. Raises ApiError."""
    match parts:
        case []:
            return _invite(context, form)
        case [email, "role"]:
            return _change_role(context, unquote(email), form)
        case [email, action] if action in _ACTIONS:
            return _act(context, unquote(email), action)
    raise ApiError(404, [])


def _invite(context: RequestContext, form: Form) -> Change:
    def change() -> GatewayResponse:
        members = fields.read(form, fields.PERSON)
        context.api.send("POST", "people", members=members)
        text = f"Invited {members['email']}. The invitation is valid for three days."
        return context.redirect_with_message(_PAGE, text=text)

    return Change(change, lambda **values: team.show(context, **values))


def _change_role(context: RequestContext, email: str, form: Form) -> Change:
    def change() -> GatewayResponse:
        members = fields.read(form, fields.ROLE)
        context.api.send("PATCH", "people", email, members=members)
        text = f"{email} is {fields.ROLES[members['role']]} within a minute."
        return context.redirect_with_message(_PAGE, text=text)

    return Change(change, lambda **values: team.show(context, form=email, **values))


def _act(context: RequestContext, email: str, action: str) -> Change:
    method, path, text = _ACTIONS[action]

    def change() -> GatewayResponse:
        context.api.send(method, "people", email, *path)
        return context.redirect_with_message(_PAGE, text=text.format(email))

    return Change(change, lambda **values: team.show(context, form=email, **values))


_ACTIONS: Mapping[str, tuple[str, Sequence[str], str]] = {
    "disable": ("POST", ("disable",), "{} was disabled. Takes effect within a minute."),
    "enable": ("POST", ("enable",), "{} was enabled, and may sign in again."),
    "end-sessions": ("POST", ("end-sessions",), "The sessions of {} end within a minute."),
    "invite": ("POST", ("invite",), "The invitation of {} was sent again."),
    "remove": ("DELETE", (), "{} was removed. Takes effect within a minute."),
}
