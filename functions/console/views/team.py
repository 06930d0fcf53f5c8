"""The people who may use the console, for admins."""

from collections.abc import Mapping

from functions.console import fields
from functions.console.context import RequestContext
from functions.console.responses import GatewayResponse
from functions.console.words import Pill

_STATUSES: Mapping[str, Pill] = {
    "invited": ("mute", "Invited"),
    "active": ("good", "Active"),
    "disabled": ("bad", "Disabled"),
    "expired": ("warn", "Invitation expired"),
}


def show(
    context: RequestContext,
    *,
    status_code: int = 200,
    form: str = "",
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> GatewayResponse:
    """Respond with the list. `form` is the person whose form has errors, "" for an invitation.

    Raises NotAllowed.
    """
    context.require_admin()
    people = context.api.get("people")["people"]
    return context.render(
        "team.html",
        status_code=status_code,
        people=[
            each | {"state": _STATUSES.get(each["status"], ("mute", each["status"]))}
            for each in people
        ],
        roles=fields.ROLES,
        form=form,
        typed=typed or {},
        errors=errors or {},
        to_remove=context.request.query.get("remove", ""),
    )
