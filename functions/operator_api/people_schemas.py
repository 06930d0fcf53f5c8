"""The operator API's request bodies and responses about people, and about what was changed."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints

from functions.operator_api.fields import OptionalTimestamp, ResponseModel, Timestamp
from functions.operator_api.schemas import Body
from shared.domain.history import ObjectKind
from shared.domain.people import MAX_EMAIL_LENGTH, PersonStatus
from shared.domain.roles import Role

_DESCRIBED = r"^[^@\s/]{1,64}@[^@\s/.]+(\.[^@\s/.]+)+$"
"""The pattern in the API's description. What is accepted is narrower."""
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")


def _read_email(text: str) -> str:
    """Return the address in lower case, in which the user pool compares addresses."""
    if not _EMAIL.fullmatch(text):
        raise ValueError("must be an email address of ASCII characters, such as mia@example.com")
    return text.lower()


Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=MAX_EMAIL_LENGTH),
    AfterValidator(_read_email),
    Field(json_schema_extra={"pattern": _DESCRIBED}),
]


class PersonBody(Body):
    """A person to invite. Cognito sends them an email with a temporary password."""

    email: Email
    role: Role


class PersonChangesBody(Body):
    role: Role


class PersonResponse(ResponseModel):
    """`role` is null for a person who is in none of the groups, and so may do nothing."""

    email: str
    role: Role | None
    status: PersonStatus
    invited_at: Timestamp
    last_sign_in_at: OptionalTimestamp


class PersonList(ResponseModel):
    people: list[PersonResponse]


class HistoryRowResponse(ResponseModel):
    """One change: `changes` has the old and the new value of each changed field. Phone numbers in
    them are masked, and credentials left out."""

    at: Timestamp
    action: str
    object: ObjectKind
    object_id: str
    asked_by: str
    role: str
    changes: dict[str, Annotated[list[Any], Field(min_length=2, max_length=2)]]


class HistoryList(ResponseModel):
    """Rows, newest first. Send `next_cursor` as `cursor` to read the next page; it is null on the
    last page."""

    history: list[HistoryRowResponse]
    next_cursor: str | None
