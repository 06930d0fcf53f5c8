"""Reads the fields of a multipart form. Loaded with the first one."""

import io
import re

from multipart import MultipartError, MultipartParser

from shared.domain.errors import Problem, UnreadableBody


def fields(body: bytes, declared: str, most: int) -> list[tuple[str, bytes]]:
    """Return names and values, without files. `declared` is the Content-Type.

    Raises UnreadableBody.
    """
    body = body.lstrip()
    # A body's own boundary counts: a Content-Type may lack it.
    found = re.match(rb"--([^\s\"]{1,70})\r?\n", body)
    named = re.search(r"boundary=\"?([^\";,]+)", declared)
    boundary = found[1].decode("latin-1") if found else named[1].strip() if named else ""
    if b"\r" not in body:
        body = body.replace(b"\n", b"\r\n")
    parser = MultipartParser(io.BytesIO(body), boundary, content_length=len(body), part_limit=most)
    try:
        return [(part.name or "", part.raw) for part in parser if part.filename is None]
    except (MultipartError, ValueError) as error:
        message = "the body is not valid multipart/form-data; let your HTTP library build it"
        raise UnreadableBody(Problem(None, message)) from error
