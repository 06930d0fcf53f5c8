"""Which page is at which address."""

from collections.abc import Callable, Mapping

from functions.console.outside import Refused
from functions.console.page import Answer
from functions.console.views import calls, log, names, platform_keys, posting, publishers
from functions.console.visit import Visit


def answer(visit: Visit) -> Answer:
    """Raises Refused and Unanswered."""
    match visit.request.path.strip("/").split("/"):
        case [""]:
            return visit.redirect("/publishers")
        case [name] if name in _PAGES:
            return _PAGES[name](visit)
        case ["publishers", publisher_id]:
            return publishers.show_one(visit, publisher_id)
        case ["keys", key_id]:
            return publishers.show_key(visit, key_id)
        case ["log", key_id, posting_id]:
            return posting.show(visit, key_id, posting_id)
    raise Refused(404, [])


_PAGES: Mapping[str, Callable[[Visit], Answer]] = {
    "publishers": publishers.show_list,
    "publisher-names": names.suggest,
    "log": log.show,
    "log.csv": log.download,
    "calls": calls.show,
    "callers": calls.show_caller,
    "platform-keys": platform_keys.show,
}
