"""The forms that change something: what was typed is read, asked for, and told on the next page;
with what is wrong in it, the form comes back as it was typed."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from functions.console import fields, outside, page
from functions.console.fields import Wrong
from functions.console.outside import Refused
from functions.console.page import Answer
from functions.console.views import calls, names, platform_keys, posting, publishers
from functions.console.visit import Visit


def answer(visit: Visit) -> Answer:
    """Raises Refused, Unanswered and FormTooLarge."""
    typed = visit.request.form()
    match visit.request.path.strip("/").split("/"):
        case ["publishers"]:
            return _add_publisher(visit, typed)
        case ["publishers", publisher_id]:
            return _change_publisher(visit, publisher_id, typed)
        case ["publishers", publisher_id, "keys"]:
            return _add_key(visit, publisher_id, typed)
        case ["keys", key_id, what] if what in _OF_A_KEY:
            return _OF_A_KEY[what](visit, key_id, typed)
        case ["callers", "forget"]:
            return _forget(visit, typed)
        case ["platform-keys"]:
            return _add_platform_key(visit, typed)
        case ["platform-keys", key_id, what] if what in _OF_A_PLATFORM_KEY:
            method, path, text = _OF_A_PLATFORM_KEY[what]
            visit.api.ask(method, "platform-keys", key_id, *path)
            return visit.done("/platform-keys", text=text)
    raise Refused(404, [])


def _trying(
    change: Callable[[], Answer], again: Callable[..., Answer], typed: Mapping[str, str]
) -> Answer:
    """The change, or the form again with what is wrong."""
    try:
        return change()
    except Wrong as wrong:
        return again(status_code=422, typed=typed, errors=wrong.errors)
    except Refused as refused:
        if refused.status_code != 422:
            raise
        errors = {field or "form": message for field, message in refused.problems}
        return again(status_code=422, typed=typed, errors=errors)


def _add_publisher(visit: Visit, typed: Mapping[str, str]) -> Answer:
    def change() -> Answer:
        members = fields.read(typed, fields.OF_A_PUBLISHER)
        made = visit.api.ask("POST", "publishers", members=members)
        names.forget_kept(visit)
        text = "Publisher added. Add a postback key next, and hand out its link."
        return visit.done(f"/publishers/{made['publisher_id']}?add=1#add", text=text)

    return _trying(change, lambda **more: publishers.show_list(visit, **more), typed)


def _change_publisher(visit: Visit, publisher_id: str, typed: Mapping[str, str]) -> Answer:
    def change() -> Answer:
        members = fields.read(typed, fields.OF_A_PUBLISHER)
        visit.api.ask("PATCH", "publishers", publisher_id, members=members)
        names.forget_kept(visit)
        return visit.done(f"/publishers/{quote(publisher_id)}", text="Saved.")

    def again(**more: Any) -> Answer:
        return publishers.show_one(visit, publisher_id, form="change", **more)

    return _trying(change, again, typed)


def _add_key(visit: Visit, publisher_id: str, typed: Mapping[str, str]) -> Answer:
    def change() -> Answer:
        made = visit.api.ask(
            "POST",
            "publishers",
            publisher_id,
            "postback-keys",
            members=fields.read(typed, fields.OF_A_NEW_KEY),
        )
        text = "Postback key added. Copy its link, or send its instructions to the publisher."
        return visit.done(f"/keys/{made['key_id']}", text=text)

    def again(**more: Any) -> Answer:
        return publishers.show_one(visit, publisher_id, form="add", **more)

    return _trying(change, again, typed)


def _change_key(visit: Visit, key_id: str, typed: Mapping[str, str]) -> Answer:
    def change() -> Answer:
        members = fields.read(typed, fields.OF_A_KEY)
        if typed.get("expires_at", "") == typed.get("expires_was", ""):
            # A field for a time knows no seconds, and what was not touched keeps them.
            del members["expires_at"]
        visit.api.ask("PATCH", "postback-keys", key_id, members=members)
        return visit.done(f"/keys/{quote(key_id)}", text="Saved. It may take 30 seconds.")

    return _trying(
        change, lambda **more: publishers.show_key(visit, key_id, form="change", **more), typed
    )


def _pause(visit: Visit, key_id: str, _: Mapping[str, str]) -> Answer:
    visit.api.ask("POST", "postback-keys", key_id, "pause")
    text = "The key is paused: within 30 seconds postings with it are answered with 403."
    return visit.done(f"/keys/{quote(key_id)}", text=text)


def _resume(visit: Visit, key_id: str, _: Mapping[str, str]) -> Answer:
    visit.api.ask("POST", "postback-keys", key_id, "resume")
    text = "The key is active again, within 30 seconds."
    return visit.done(f"/keys/{quote(key_id)}", text=text)


def _rotate(visit: Visit, key_id: str, typed: Mapping[str, str]) -> Answer:
    def change() -> Answer:
        made = visit.api.ask(
            "POST", "postback-keys", key_id, "rotate",
            members=fields.read(typed, fields.OF_A_ROTATION),
        )  # fmt: skip
        text = "This is the new key. Hand out its link before the old one expires."
        return visit.done(f"/keys/{made['key_id']}", text=text)

    return _trying(
        change, lambda **more: publishers.show_key(visit, key_id, form="rotate", **more), typed
    )


def _test(visit: Visit, key_id: str, typed: Mapping[str, str]) -> Answer:
    """Post as a publisher would. It is a real posting, which the log has; its page shows that."""

    def change() -> Answer:
        sent = fields.read(typed, fields.OF_A_TEST)
        number, tags = sent["caller_number"], sent["tags"]
        key = visit.api.get("postback-keys", key_id)
        body = urlencode({"caller_number": number, **tags}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        told = outside.send("POST", key["posting_link"], body=body, headers=headers)
        tested = posting.sent_just_now(visit, key_id, tags, told.status_code)
        address = f"/keys/{quote(key_id)}{f'?tested={quote(tested)}' if tested else ''}#test"
        shown = page.pack_answer(told.status_code, told.text)
        return visit.done(address, tested=shown, text="Test posting sent.")

    return _trying(
        change, lambda **more: publishers.show_key(visit, key_id, form="test", **more), typed
    )


def _forget(visit: Visit, typed: Mapping[str, str]) -> Answer:
    def change() -> Answer:
        number, again = fields.read(typed, fields.OF_A_CALLER)["number"], typed.get("again", "")
        if _digits(again) != _digits(number):
            raise Wrong({"again": "is not the same number: type it again to forget it"})
        erased = visit.api.wait_for("DELETE", "callers", number)
        counts = erased["erased"]
        text = (
            f"Forgotten: {counts['waiting']} waiting postings, {counts['calls']} calls' tags and "
            f"numbers, {counts['log_rows']} log rows."
        )
        if not erased["complete"]:
            text += " There is more: forget the number once again."
        return visit.done("/callers", text=text)

    return _trying(change, lambda **more: calls.show_caller(visit, **more), typed)


def _add_platform_key(visit: Visit, typed: Mapping[str, str]) -> Answer:
    def change() -> Answer:
        made = visit.api.ask(
            "POST", "platform-keys", members=fields.read(typed, fields.OF_A_PLATFORM_KEY)
        )
        text = "Platform key added. Copy it now: it is kept nowhere, and shown this once."
        return visit.done("/platform-keys", text=text, secret=made["key"])

    return _trying(change, lambda **more: platform_keys.show(visit, **more), typed)


def _digits(text: str) -> str:
    """The last ten: a country code, or its plus, may be left out in typing it again."""
    return "".join(filter(str.isdigit, text))[-10:]


_OF_A_KEY: Mapping[str, Callable[[Visit, str, Mapping[str, str]], Answer]] = {
    "change": _change_key,
    "pause": _pause,
    "resume": _resume,
    "rotate": _rotate,
    "test": _test,
}
_OF_A_PLATFORM_KEY = {
    "pause": ("POST", ("pause",), "The platform key is paused."),
    "resume": ("POST", ("resume",), "The platform key is active again."),
    "delete": ("DELETE", (), "The platform key is deleted."),
}
