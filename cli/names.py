"""Finds the ID of a publisher or key by its name, so that commands take either."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import NamedTuple

from cli import output
from cli.api import OperatorApi, Record
from cli.errors import CliError

_MOST_SUGGESTIONS = 3


class _Named(NamedTuple):
    """A name, and whose it is. `label`: how a person tells it from others of the same name."""

    name: str
    id_: str
    label: str


def publisher_id(api: OperatorApi, text: str) -> str:
    """Return the publisher's ID. Raises CliError if not exactly one publisher has the name."""
    if text.startswith("pub_"):
        return text
    return _only(
        text,
        (_Named(it["name"], it["publisher_id"], it["name"]) for it in _publishers(api)),
        "publisher",
    )


def key_id(api: OperatorApi, text: str) -> str:
    """Return the postback key's ID. Keys of several publishers may have one name: then
    "Publisher/Key" says which. Raises CliError if not exactly one key has the name."""
    if text.startswith("pbk_"):
        return text
    return _only(text, _key_names(api), "key")


def platform_key_id(api: OperatorApi, text: str) -> str:
    """Return the platform key's ID. Raises CliError if not exactly one key has the name."""
    if text.startswith("plk_"):
        return text
    keys = api.all("platform_keys", "platform-keys")
    return _only(
        text, (_Named(it["name"], it["platform_key_id"], it["name"]) for it in keys), "platform key"
    )


def _key_names(api: OperatorApi) -> Iterable[_Named]:
    """Yield each key with its name, and with the publisher's name before it."""
    for publisher in _publishers(api):
        owner = "publishers", publisher["publisher_id"]
        for key in api.all("postback_keys", *owner, "postback-keys"):
            label = f"{publisher['name']}/{key['name']}"
            yield _Named(key["name"], key["key_id"], label)
            yield _Named(label, key["key_id"], label)


def _publishers(api: OperatorApi) -> Iterable[Record]:
    return api.all("publishers", "publishers", "names")


def _only(text: str, named: Iterable[_Named], noun: str) -> str:
    by_name: dict[str, list[_Named]] = {}
    for each in named:
        by_name.setdefault(_folded(each.name), []).append(each)
    found = by_name.get(_folded(text), [])
    if len(found) == 1:
        return found[0].id_
    name = output.clean(text)
    if found:
        message = f"{len(found)} {noun}s are named {name!r}. Give the ID of one:"
        raise CliError(message, *map(_line, found))
    close = get_close_matches(_folded(text), by_name, _MOST_SUGGESTIONS)
    similar = [each for one in close for each in by_name[one]]
    raise CliError(f"No {noun} is named {name!r}.", *(f"Similar: {_line(it)}" for it in similar))


def _line(named: _Named) -> str:
    return f"{named.id_}  {named.label}"


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
