"""What publishers are called, for pages that know their ids alone, and for finding them."""

import json
from collections.abc import Collection, Mapping
from time import monotonic

from functions.console.page import Answer
from functions.console.visit import Visit

KEPT_SECONDS = 60
_TO_LOOK_AGAIN_SECONDS = 2
_MOST_PAGES = 30

_kept: dict[str, tuple[float, Mapping[str, str]]] = {}


def of_publishers(visit: Visit, ids: Collection[str] = ()) -> Mapping[str, str]:
    """All names by their ids, kept for a minute in this process, unless one of `ids` is new."""
    at, names = _kept.get(visit.api.url, (0.0, {}))
    age = monotonic() - at
    is_new = age > _TO_LOOK_AGAIN_SECONDS and not names.keys() >= set(ids)
    if not names or age > KEPT_SECONDS or is_new:
        names = _read(visit)
        _kept[visit.api.url] = (monotonic(), names)
    return names


def forget_kept(visit: Visit) -> None:
    """After a change, so that whoever made it sees it."""
    _kept.pop(visit.api.url, None)


def find(text: str, names: Mapping[str, str]) -> list[str]:
    """The ids of those with this name, or else with this in their names, by name."""
    wanted = " ".join(text.split()).casefold()
    folded = {each: " ".join(name.split()).casefold() for each, name in names.items()}
    found = [each for each, name in folded.items() if name == wanted] or [
        each for each, name in folded.items() if wanted in name
    ]
    return sorted(found, key=lambda each: (folded[each], each))


def suggest(visit: Visit) -> Answer:
    """All names, for the list that opens below a field."""
    names = sorted(set(of_publishers(visit).values()), key=str.casefold)
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return visit.file(json.dumps(names, ensure_ascii=False).encode(), headers)


def _read(visit: Visit) -> Mapping[str, str]:
    names: dict[str, str] = {}
    cursor: str | None = None
    for _ in range(_MOST_PAGES):
        page = visit.api.get("publishers", "names", limit=1000, cursor=cursor)
        names |= {each["publisher_id"]: each["name"] for each in page["publishers"]}
        cursor = page["next_cursor"]
        if cursor is None:
            break
    return names
