"""The names of the console's routes as log lines show them. Pure."""

ROUTES = frozenset(
    {
        "assets",
        "callers",
        "calls",
        "history",
        "keys",
        "log",
        "log.csv",
        "platform-keys",
        "publisher-names",
        "publishers",
        "sign-out",
        "signed-in",
        "signed-out",
        "team",
    }
)


def route_name(path: str) -> str:
    """Return a path's first part if it is a page's. Anything else may be a phone number."""
    first = path.split("/")[1] if "/" in path else path
    return first if first in ROUTES or not first else "unknown"
