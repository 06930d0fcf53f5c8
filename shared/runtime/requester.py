"""Who sends a request to the operator API: a person who uses the console, or an IAM identity."""

from dataclasses import dataclass
from urllib.parse import unquote

from shared.domain import masking, roles
from shared.domain.roles import Role
from shared.runtime import http
from shared.runtime.http import Event

ASKED_BY, ASKED_ROLE, ASKED_FROM = "X-Asked-By", "X-Asked-Role", "X-Asked-From"
"""The console's headers: the person's email address, percent-encoded, their role, and the browser's
IP address. They are believed only from the console's own role."""

_MAX_NAME = 320
_MAX_ADDRESS = 64


@dataclass(frozen=True, slots=True)
class Requester:
    """`name` is an email address or an IAM ARN. `is_console` is true if the console signed."""

    name: str
    role: Role
    address: str
    is_console: bool

    @property
    def shown_name(self) -> str:
        """The name as log lines have it. The account in an ARN is not a phone number."""
        is_arn = self.name.startswith("arn:")
        *account, name = self.name.split(":", 5) if is_arn else [self.name]
        return ":".join([*account, masking.mask_for_logs(name)])

    @classmethod
    def of(cls, event: Event, console_role: str) -> "Requester":
        """Return who sent a request. `console_role` is the name of the console's IAM role.

        Every other IAM identity that the gateway lets through is an admin.
        """
        signer = http.identity(event)
        if not _is_role(signer, console_role):
            return cls(signer, Role.ADMIN, http.sender(event), is_console=False)
        headers = {name.lower(): str(v) for name, v in (event.get("headers") or {}).items()}
        name, role, address = (
            headers.get(header.lower(), "") for header in (ASKED_BY, ASKED_ROLE, ASKED_FROM)
        )
        return cls(
            name=unquote(name[:_MAX_NAME]) or signer,
            role=(name and roles.read(role)) or Role.VIEWER,
            address=address[:_MAX_ADDRESS] or http.sender(event),
            is_console=True,
        )


def _is_role(signer: str, role_name: str) -> bool:
    return f":assumed-role/{role_name}/" in signer or signer.endswith(f":role/{role_name}")
