"""Publishers' names: by ID for pages that know only IDs, and the search for one by name."""

import json
from collections.abc import Collection, Mapping
from time import monotonic

from functions.console.context import RequestContext
from functions.console.responses import GatewayResponse

CACHE_SECONDS = 60
_MIN_SECONDS_BETWEEN_READS = 2
_MAX_PAGES = 30

_cache: dict[tuple[str, bool], tuple[float, Mapping[str, str]]] = {}
"""By the operator API's address, and whether a person sees whole numbers in names."""


def load(context: RequestContext, ids: Collection[str] = ()) -> Mapping[str, str]:
    """Return all names by ID, cached for a minute in this process, unless one of `ids` is new."""
    place = context.api.url, context.is_manager
    read_at, names = _cache.get(place, (0.0, {}))
    age = monotonic() - read_at
    is_new = age > _MIN_SECONDS_BETWEEN_READS and not names.keys() >= set(ids)
    if not names or age > CACHE_SECONDS or is_new:
        names = _read(context)
        _cache[place] = (monotonic(), names)
    return names


def clear_cache(context: RequestContext) -> None:
    """Forget the names, so that a person sees their own change at once."""
    for is_manager in (True, False):
        _cache.pop((context.api.url, is_manager), None)


def find(text: str, names: Mapping[str, str]) -> list[str]:
    """Return the IDs of publishers with this name, or otherwise of those whose names contain it,
    sorted by name."""
    wanted = " ".join(text.split()).casefold()
    folded = {each: " ".join(name.split()).casefold() for each, name in names.items()}
    found = [each for each, name in folded.items() if name == wanted] or [
        each for each, name in folded.items() if wanted in name
    ]
    return sorted(found, key=lambda each: (folded[each], each))


def suggest(context: RequestContext) -> GatewayResponse:
    """Return all names as JSON, for the suggestions below a field."""
    names = sorted(set(load(context).values()), key=str.casefold)
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return context.file(json.dumps(names, ensure_ascii=False).encode(), headers)


def _read(context: RequestContext) -> Mapping[str, str]:
    names: dict[str, str] = {}
    cursor: str | None = None
    for _ in range(_MAX_PAGES):
        page = context.api.get("publishers", "names", limit=1000, cursor=cursor)
        names |= {each["publisher_id"]: each["name"] for each in page["publishers"]}
        cursor = page["next_cursor"]
        if cursor is None:
            break
    return names
