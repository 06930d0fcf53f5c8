"""What publishers are called, for pages that know their ids alone."""

from functions.console.visit import Visit


def of_publishers(visit: Visit) -> dict[str, str]:
    """Of the first hundred publishers, by their ids."""
    page = visit.api.get("publishers", limit=100)
    return {each["publisher_id"]: each["name"] for each in page["publishers"]}
