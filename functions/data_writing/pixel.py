"""Responses to pixels: a transparent image of one pixel in place of JSON.

Imported only for a pixel, to keep cold starts short.
"""

from functions.data_writing import request as requests
from functions.data_writing.request import Resource
from shared.domain.errors import UnknownPath
from shared.runtime.http import HEADERS, Event, Response

GIF = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
"""A transparent GIF89a of 1 x 1 pixel, in Base64."""

_KEPT = ("Allow", "Retry-After")


def respond(event: Event, response: Response) -> Response:
    """Return the image with the status code of a posting's response; others stay as they are."""
    try:
        resource = requests.route(event).resource
    except UnknownPath:
        return response
    if resource not in (Resource.POSTING, Resource.POSTING_WITH_KEY):
        return response
    kept = {name: value for name, value in response["headers"].items() if name in _KEPT}
    headers = {
        "Content-Type": "image/gif",
        **HEADERS,
        # A page that isolates itself (COEP) shows no other image from another origin.
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    return {
        "statusCode": response["statusCode"],
        "headers": headers | kept,
        "body": GIF,
        "isBase64Encoded": True,
    }
