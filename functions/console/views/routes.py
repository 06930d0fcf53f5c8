"""The console's web pages by path."""

from collections.abc import Callable, Mapping

from functions.console.context import RequestContext
from functions.console.operator_api import ApiError
from functions.console.responses import GatewayResponse
from functions.console.views import (
    callers,
    calls,
    history,
    keys,
    log,
    platform_keys,
    posting,
    publisher_names,
    publishers,
    team,
)


def show(context: RequestContext) -> GatewayResponse:
    """Respond with the web page at the request's path. Raises ApiError and NoResponse."""
    match context.request.path.strip("/").split("/"):
        case [""]:
            return context.redirect("/publishers")
        case [name] if name in _VIEWS:
            return _VIEWS[name](context)
        case ["publishers", publisher_id]:
            return publishers.show_one(context, publisher_id)
        case ["keys", key_id]:
            return keys.show(context, key_id)
        case ["log", key_id, posting_id]:
            return posting.show(context, key_id, posting_id)
    raise ApiError(404, [])


_VIEWS: Mapping[str, Callable[[RequestContext], GatewayResponse]] = {
    "publishers": publishers.show_list,
    "publisher-names": publisher_names.suggest,
    "log": log.show,
    "log.csv": log.download,
    "calls": calls.show,
    "callers": callers.show,
    "platform-keys": platform_keys.show,
    "team": team.show,
    "history": history.show,
}
