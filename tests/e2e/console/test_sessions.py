"""Sessions on the embedded Cognito: signing in, and how a session follows its person."""

import re
import uuid
from collections.abc import Callable

import pytest

from infra.local import people
from tests.e2e.console.client import Person, visible_text
from tests.e2e.service import PostbackKey, Service

Invite = Callable[[str], tuple[Person, str]]


@pytest.fixture
def invite(service: Service) -> Invite:
    """Return a new person of a group, who has not signed in yet, and their address."""

    def make(group: str) -> tuple[Person, str]:
        email = f"{uuid.uuid4().hex[:8]}@example.com"
        password = people.add(service.aws, service.outputs["ConsoleUserPoolId"], email, group)
        return Person(service, email, password), email

    return make


@pytest.fixture
def key(service: Service) -> PostbackKey:
    return service.new_key(service.new_publisher())


def _signed_in(person: Person) -> Person:
    assert person.finish(person.begin("/publishers")).status_code == 303
    return person


def test_two_tabs_sign_in_at_once(invite: Invite) -> None:
    person, _ = invite("managers")
    first, second = person.begin("/calls"), person.begin("/callers")

    for page, path in ((second, "/callers"), (first, "/calls")):
        assert person.finish(page).headers["Location"].endswith(path)
        assert person.get(path).status_code == 200


@pytest.mark.parametrize("how", ["disabled", "deleted", "signed out", "moved", "no group"])
def test_a_person_who_lost_the_right_changes_nothing_a_minute_later(
    service: Service, invite: Invite, key: PostbackKey, how: str
) -> None:
    person, email = invite("managers")
    _signed_in(person)
    assert person.post(f"/keys/{key.key_id}/pause").status_code == 303
    user = {"UserPoolId": service.outputs["ConsoleUserPoolId"], "Username": email}
    cognito = service.aws.client("cognito-idp")
    person.let_a_minute_pass()
    assert person.post(f"/keys/{key.key_id}/pause").status_code == 303  # nothing has changed

    if how == "disabled":
        cognito.admin_disable_user(**user)
    elif how == "deleted":
        cognito.admin_delete_user(**user)
    elif how == "signed out":
        cognito.admin_user_global_sign_out(**user)
    else:
        cognito.admin_remove_user_from_group(**user, GroupName="managers")
    if how == "moved":
        cognito.admin_add_user_to_group(**user, GroupName="viewers")
    person.let_a_minute_pass()
    refused = person.post(f"/keys/{key.key_id}/resume")

    assert refused.status_code == (403 if how == "moved" else 401)
    assert person.get("/publishers").status_code == (200 if how == "moved" else 303)
    assert service.operate("GET", f"/postback-keys/{key.key_id}").json()["paused"]


def test_a_form_sent_after_the_session_has_ended_comes_back_filled_in(
    invite: Invite, key: PostbackKey
) -> None:
    person, _ = invite("managers")

    refused = person.post(f"/keys/{key.key_id}/rotate", overlap="31h")
    path = re.findall(r'href="([^"]+restore=[^"]+)"', refused.text)[0]
    back = person.finish(person.begin(path)).headers["Location"]
    page = person.get(back)

    assert refused.status_code == 401
    assert 'value="31h"' in page.text
    assert "Nothing was sent yet" in visible_text(page)


def test_an_admin_manages_the_team_and_the_history_shows_it(invite: Invite) -> None:
    admin, email = invite("admins")
    other, other_email = invite("viewers")
    _signed_in(admin)
    _signed_in(other)

    changed = admin.post(f"/team/{other_email}/role", role="manager")
    team = visible_text(admin.get("/team"))
    other.let_a_minute_pass()
    own_team = other.get("/team")

    assert changed.status_code == 303, changed.text
    assert email in team
    assert other_email in team
    assert own_team.status_code == 403
    assert "Only for admins" in own_team.text
    history = visible_text(admin.get(f"/history?person={other_email}"))
    assert "viewer → manager" in history
    assert email in history
