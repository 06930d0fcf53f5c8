"""FreeSWITCH: call detail records of mod_json_cdr and mod_xml_cdr.

One record per leg, sent at its hangup, so it is start and end at once. Values of `variables` are
percent-encoded by default; times without an offset are the switch's local ones, so epochs are read.
Sources: mod_json_cdr.c and mod_xml_cdr.c of FreeSWITCH.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, unquote_plus
from xml.parsers import expat

from shared.domain.call_reports import CallReport, Ignored
from shared.phone_systems import parties

FIELD = "cdr"
"""The form field that has the record where a module is configured to send a form."""

_FLOW = "callflow"
_NEVER = ("", "0", None)


def read(members: Mapping[str, Any]) -> CallReport | Ignored:
    variables = {n: _decoded(v) for n, v in members["variables"].items()}
    profile = _profile(members)
    parent = variables.get("originating_leg_uuid") or variables.get("originator")
    uuid = variables.get("uuid") or profile.get("uuid")
    return CallReport(
        call_uuid=uuid,
        id_member="variables.uuid",
        parent_call_uuid=parent if parent != uuid else None,
        **parties.sides(
            profile.get("caller_id_number") or variables.get("sip_from_user"),
            profile.get("destination_number") or variables.get("sip_to_user"),
            parties.direction_of(variables.get("direction")),
            bare_names=True,
        ),
        started_at=_time(variables, "start"),
        ended_at=_time(variables, "end"),
        has_ended=True,
    )


def record(text: str, content_type: str) -> Mapping[str, Any] | None:
    """Return the record in a body that is XML or has it in the form field `cdr`.

    None for another body. Raises ValueError for a record that cannot be read.
    """
    stripped = text.lstrip("\ufeff \t\r\n")
    if stripped.startswith("<"):
        return _from_xml(stripped)
    if not stripped.startswith(FIELD + "="):
        return None
    value = stripped[len(FIELD) + 1 :]
    if "base64" in content_type:
        value = base64.b64decode(value, validate=True).decode()
    elif "plain" not in content_type:
        value = unquote_plus(value)
    if value.lstrip().startswith("<"):
        return _from_xml(value.lstrip())
    read = json.loads(value)
    if not isinstance(read, Mapping):
        raise ValueError("the field cdr is not a record")
    return read


def _profile(members: Mapping[str, Any]) -> Mapping[str, Any]:
    flow = members.get(_FLOW)
    # The newest comes first, and a transfer adds one: the oldest has the number that was dialed.
    first = flow[-1] if isinstance(flow, list) and flow else flow
    profile = first.get("caller_profile") if isinstance(first, Mapping) else None
    return profile if isinstance(profile, Mapping) else {}


def _decoded(value: object) -> object:
    return unquote(value) if isinstance(value, str) else value


def _time(variables: Mapping[str, Any], name: str) -> object:
    found = (variables.get(f"{name}_{unit}") for unit in ("uepoch", "epoch"))
    return next((value for value in found if value not in _NEVER), None)


def _from_xml(text: str) -> Mapping[str, Any]:
    """Return an XML record as nested mappings. An element that repeats keeps its first value,
    but of `callflow` the last.

    Not by ElementTree: the module writes variables with undeclared namespace prefixes. A document
    type is refused, so that no entity is ever expanded.
    """
    root: dict[str, Any] = {}
    path, texts = [root], [""]

    def start(name: str, _: object) -> None:
        child: dict[str, Any] = {}
        if name == _FLOW or name not in path[-1]:
            path[-1][name] = child
        path.append(child)
        texts.append("")

    def end(name: str) -> None:
        child, content = path.pop(), texts.pop().strip()
        if not child and path[-1][name] is child:
            path[-1][name] = content

    def characters(data: str) -> None:
        texts[-1] += data

    def refuse(*_: object) -> None:
        raise ValueError("the XML has a document type; send the record without it")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = characters, refuse
    parser.buffer_text = True
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        raise ValueError("the body is not valid XML") from error
    cdr = root.get("cdr")
    if not isinstance(cdr, Mapping) or not isinstance(cdr.get("variables"), Mapping):
        raise ValueError("the XML is not a call detail record of mod_xml_cdr")
    return cdr
