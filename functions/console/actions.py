"""Handles the forms that change something: reads them and calls the operator API.

The next page confirms a change. A form with errors is shown again with what was typed.
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from functions.console import fields, flash, phone_numbers, team_actions
from functions.console.changes import Change, Form
from functions.console.context import RequestContext
from functions.console.fields import InvalidForm
from functions.console.http_client import send
from functions.console.kept_forms import KeptForm
from functions.console.operator_api import ApiError
from functions.console.rendering import plural
from functions.console.responses import GatewayResponse
from functions.console.views import (
    callers,
    keys,
    platform_keys,
    posting,
    publisher_names,
    publishers,
)


def perform(context: RequestContext) -> GatewayResponse:
    """Make the change that the form asks for, or show the form again with its errors.

    Raises NotAllowed, ApiError, NoResponse, NotChecked and FormTooLarge.
    """
    form = context.request.form()
    _require_role(context, context.request.path)
    change = _find(context, context.request.path, form)
    try:
        return change.make()
    except InvalidForm as invalid:
        return change.show_form(status_code=422, typed=form, errors=invalid.errors)
    except ApiError as refused:
        if refused.status_code not in (409, 422):
            raise
        errors = {field or "form": message for field, message in refused.problems}
        return change.show_form(status_code=refused.status_code, typed=form, errors=errors)


def show_form(context: RequestContext, kept: KeptForm) -> GatewayResponse:
    """Show a form with what was typed before the session ended. Changes nothing."""
    _require_role(context, kept.path)
    context.notice = "Nothing was sent yet. Check the form, then send it."
    return _find(context, kept.path, kept.fields).show_form(typed=kept.fields)


def _require_role(context: RequestContext, path: str) -> None:
    """Raises NotAllowed."""
    if path.split("/")[1] == "team":
        context.require_admin()
    context.require_manager()


def _find(context: RequestContext, path: str, form: Form) -> Change:
    """Return the change of a form that was sent to this path. Raises ApiError."""
    match path.strip("/").split("/"):
        case ["publishers"]:
            return _add_publisher(context, form)
        case ["publishers", publisher_id]:
            return _change_publisher(context, publisher_id, form)
        case ["publishers", publisher_id, "keys"]:
            return _add_key(context, publisher_id, form)
        case ["keys", key_id, action] if action in _KEY_ACTIONS:
            return _KEY_ACTIONS[action](context, key_id, form)
        case ["callers", "forget"]:
            return _forget(context, form)
        case ["platform-keys"]:
            return _add_platform_key(context, form)
        case ["platform-keys", key_id, "rotate"]:
            return _rotate_platform_key(context, key_id, form)
        case ["platform-keys", key_id, action] if action in _PLATFORM_KEY_ACTIONS:
            return _change_platform_key(context, key_id, action)
        case ["team", *parts]:
            return team_actions.find(context, parts, form)
    raise ApiError(404, [])


def _add_publisher(context: RequestContext, form: Form) -> Change:
    def change() -> GatewayResponse:
        members = fields.read(form, fields.PUBLISHER)
        publisher = context.api.send("POST", "publishers", members=members)
        publisher_names.clear_cache(context)
        path = f"/publishers/{publisher['publisher_id']}?add=1#add"
        text = "Publisher added. Next, add a postback key and hand out its link."
        return context.redirect_with_message(path, text=text)

    return Change(change, lambda **values: publishers.show_list(context, **values))


def _change_publisher(context: RequestContext, publisher_id: str, form: Form) -> Change:
    def change() -> GatewayResponse:
        members = fields.read(form, fields.PUBLISHER)
        context.api.send("PATCH", "publishers", publisher_id, members=members)
        publisher_names.clear_cache(context)
        return context.redirect_with_message(f"/publishers/{quote(publisher_id)}", text="Saved.")

    def show_again(**values: Any) -> GatewayResponse:
        return publishers.show_one(context, publisher_id, form="change", **values)

    return Change(change, show_again)


def _add_key(context: RequestContext, publisher_id: str, form: Form) -> Change:
    def change() -> GatewayResponse:
        members = fields.read(form, fields.NEW_KEY)
        path = ("publishers", publisher_id, "postback-keys")
        key = context.api.send("POST", *path, members=members)
        text = "Postback key added. Copy its link, or send its instructions to the publisher."
        return context.redirect_with_message(f"/keys/{key['key_id']}", text=text)

    def show_again(**values: Any) -> GatewayResponse:
        return publishers.show_one(context, publisher_id, form="add", **values)

    return Change(change, show_again)


def _change_key(context: RequestContext, key_id: str, form: Form) -> Change:
    def change() -> GatewayResponse:
        members = fields.read(form, fields.KEY)
        if form.get("expires_at", "") == form.get("expires_was", ""):
            # The field has no seconds: an unchanged time must not lose its own.
            del members["expires_at"]
        context.api.send("PATCH", "postback-keys", key_id, members=members)
        text = "Saved. Takes effect within 30 seconds."
        return context.redirect_with_message(f"/keys/{quote(key_id)}", text=text)

    return Change(change, lambda **values: keys.show(context, key_id, form="change", **values))


def _pause(context: RequestContext, key_id: str, _: Form) -> Change:
    text = "Key paused. Within 30 seconds, postings with it get a 403."
    return _send_to_key(context, key_id, "pause", text)


def _resume(context: RequestContext, key_id: str, _: Form) -> Change:
    text = "Key resumed. Takes effect within 30 seconds."
    return _send_to_key(context, key_id, "resume", text)


def _send_to_key(context: RequestContext, key_id: str, action: str, text: str) -> Change:
    page = f"/keys/{quote(key_id)}"

    def change() -> GatewayResponse:
        context.api.send("POST", "postback-keys", key_id, action)
        return context.redirect_with_message(page, text=text)

    return Change(change, lambda **_: context.redirect(page))


def _rotate(context: RequestContext, key_id: str, form: Form) -> Change:
    def change() -> GatewayResponse:
        members = fields.read(form, fields.ROTATION)
        key = context.api.send("POST", "postback-keys", key_id, "rotate", members=members)
        text = "This is the new key. Hand out its link before the old key expires."
        return context.redirect_with_message(f"/keys/{key['key_id']}", text=text)

    return Change(change, lambda **values: keys.show(context, key_id, form="rotate", **values))


def _test(context: RequestContext, key_id: str, form: Form) -> Change:
    """Post as a publisher would. The log has the posting like any other, and its page shows it."""

    def change() -> GatewayResponse:
        members = fields.read(form, fields.TEST_POSTING)
        number, tags = members["caller_number"], members["tags"]
        key = context.api.get("postback-keys", key_id)
        response = send(
            "POST",
            key["posting_link"],
            body=urlencode({"caller_number": number, **tags}).encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        posting_id = posting.find_latest(context, key_id, tags, response.status_code)
        query = f"?tested={quote(posting_id)}" if posting_id else ""
        return context.redirect_with_message(
            f"/keys/{quote(key_id)}{query}#test",
            text="Test posting sent.",
            tested=flash.pack_response(response.status_code, response.text),
        )

    return Change(change, lambda **values: keys.show(context, key_id, form="test", **values))


def _forget(context: RequestContext, form: Form) -> Change:
    def change() -> GatewayResponse:
        number = fields.read(form, fields.CALLER)["number"]
        if _last_digits(form.get("again", "")) != _last_digits(number):
            raise InvalidForm({"again": "does not match. Type the caller number again."})
        result = context.api.send_slow("DELETE", "callers", phone_numbers.in_path(number))
        counts = result["erased"]
        text = (
            f"Deleted {plural(counts['waiting'], 'pending posting')}, tags and numbers of "
            f"{plural(counts['calls'], 'call')}, {plural(counts['log_rows'], 'log row')}."
        )
        if not result["complete"]:
            text += " Some data is left: submit the form again."
        return context.redirect_with_message("/callers", text=text)

    return Change(change, lambda **values: callers.show(context, **values))


def _add_platform_key(context: RequestContext, form: Form) -> Change:
    def change() -> GatewayResponse:
        members = fields.read(form, fields.PLATFORM_KEY)
        key = context.api.send("POST", "platform-keys", members=members)
        return _show_new_platform_key(context, "Platform key added.", key)

    return Change(change, lambda **values: platform_keys.show(context, **values))


def _rotate_platform_key(context: RequestContext, key_id: str, form: Form) -> Change:
    def change() -> GatewayResponse:
        members = fields.read(form, fields.ROTATION)
        key = context.api.send("POST", "platform-keys", key_id, "rotate", members=members)
        return _show_new_platform_key(context, "Platform key rotated.", key)

    def show_again(**values: Any) -> GatewayResponse:
        return platform_keys.show(context, form=key_id, **values)

    return Change(change, show_again)


def _change_platform_key(context: RequestContext, key_id: str, action: str) -> Change:
    method, path, text = _PLATFORM_KEY_ACTIONS[action]

    def change() -> GatewayResponse:
        context.api.send(method, "platform-keys", key_id, *path)
        return context.redirect_with_message("/platform-keys", text=text)

    return Change(change, lambda **_: context.redirect("/platform-keys"))


def _show_new_platform_key(
    context: RequestContext, what: str, key: Mapping[str, Any]
) -> GatewayResponse:
    return context.redirect_with_message(
        "/platform-keys",
        text=f"{what} Copy it now: it is not stored, and is shown only once.",
        secret=key["key"],
        address=key["callback_url"] or "",
    )


def _last_digits(text: str) -> str:
    """Return the last ten digits, so that a number typed again may lack its country code."""
    return "".join(filter(str.isdigit, text))[-10:]


_KEY_ACTIONS: Mapping[str, Callable[[RequestContext, str, Form], Change]] = {
    "change": _change_key,
    "pause": _pause,
    "resume": _resume,
    "rotate": _rotate,
    "test": _test,
}
_PLATFORM_KEY_ACTIONS = {
    "pause": ("POST", ("pause",), "Platform key paused. Takes effect within 30 seconds."),
    "resume": ("POST", ("resume",), "Platform key resumed. Takes effect within 30 seconds."),
    "delete": ("DELETE", (), "Platform key deleted. Takes effect within 30 seconds."),
}
