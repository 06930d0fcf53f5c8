"""The operator API's routes for people: who may use the console, and in which role."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.api_gateway import Router

from functions.operator_api.people_schemas import (
    PersonBody,
    PersonChangesBody,
    PersonList,
    PersonResponse,
)
from functions.operator_api.recording import record
from functions.operator_api.stores import history_store, user_pool
from shared.domain import people, timestamps
from shared.domain.errors import Conflict, NotFound, Problem
from shared.domain.history import ObjectKind
from shared.domain.people import Person
from shared.domain.roles import Role

router = Router()

_LAST_ADMIN = (
    "is the address of the last admin, who must stay one; make another person an admin first"
)
_IN_PROGRESS = "another change of people is in progress; send the request again in a few seconds"


@router.get("/people")
def list_people() -> PersonList:
    sign_ins = history_store.last_sign_ins()
    found = sorted(user_pool.people(), key=lambda person: person.email.casefold())
    return PersonList(people=[_response(each, sign_ins) for each in found])


@router.post("/people", status_code=201)
def invite_person(body: PersonBody) -> PersonResponse:
    with _one_at_a_time():
        user_pool.invite(body.email, body.role)
        return _changed("invited", body.email, after={"role": body.role.value})


@router.patch("/people/<email>")
def change_person(email: str, body: PersonChangesBody) -> PersonResponse:
    with _one_at_a_time():
        before = _person(email)
        if before.role is body.role:
            return _response(before, history_store.last_sign_ins())
        if not body.role.includes(Role.ADMIN):
            _keep_an_admin(before)
        user_pool.change_role(before.email, body.role)
        old = before.role.value if before.role else None
        return _changed("changed", email, {"role": old}, {"role": body.role.value})


@router.delete("/people/<email>")
def remove_person(email: str) -> Response[Any]:
    with _one_at_a_time():
        person = _person(email)
        _keep_an_admin(person)
        user_pool.remove(person.email)
        record("removed", ObjectKind.PERSON, person.email.casefold())
    return Response(204, body="")


@router.post("/people/<email>/disable")
def disable_person(email: str) -> PersonResponse:
    with _one_at_a_time():
        person = _person(email)
        _keep_an_admin(person)
        user_pool.disable(person.email)
        return _changed("disabled", email)


@router.post("/people/<email>/enable")
def enable_person(email: str) -> PersonResponse:
    user_pool.enable(_person(email).email)
    return _changed("enabled", email)


@router.post("/people/<email>/end-sessions")
def end_sessions(email: str) -> PersonResponse:
    """End all sessions of a person, who may sign in again. Takes effect within a minute."""
    user_pool.end_sessions(_person(email).email)
    return _changed("sessions ended", email)


@router.post("/people/<email>/invite")
def invite_person_again(email: str) -> PersonResponse:
    """Send the invitation again, with a new temporary password."""
    user_pool.invite_again(_person(email).email)
    return _changed("invited again", email)


@router.post("/people/<email>/signed-in")
def note_sign_in(email: str) -> Response[Any]:
    """Record that a person has signed in. Only the console may send this."""
    history_store.note_sign_in(email, timestamps.to_milliseconds(datetime.now(UTC)))
    record("signed in", ObjectKind.PERSON, email.casefold(), is_over_all=False)
    return Response(204, body="")


def _changed(
    action: str,
    email: str,
    before: dict[str, str | None] | None = None,
    after: dict[str, str | None] | None = None,
) -> PersonResponse:
    person = _person(email)
    record(action, ObjectKind.PERSON, person.email.casefold(), before=before, after=after)
    return _response(person, history_store.last_sign_ins())


def _person(email: str) -> Person:
    """Raises NotFound."""
    for person in user_pool.people():
        if person.email.casefold() == email.casefold():
            return person
    raise NotFound(Problem("email", "is not the address of a person; look it up in the list"))


def _keep_an_admin(person: Person) -> None:
    """Raises Conflict if nobody else can act as an admin."""
    if people.is_last_admin(person.email, user_pool.people()):
        raise Conflict(Problem("email", _LAST_ADMIN))


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Keep two admins from removing each other at the same time. Raises Conflict."""
    if not history_store.lock(datetime.now(UTC)):
        raise Conflict(Problem(None, _IN_PROGRESS))
    try:
        yield
    finally:
        history_store.unlock()


def _response(person: Person, sign_ins: dict[str, datetime]) -> PersonResponse:
    return PersonResponse(
        email=person.email,
        role=person.role,
        status=person.status(datetime.now(UTC)),
        invited_at=person.invited_at,
        last_sign_in_at=sign_ins.get(person.email.casefold()),
    )
