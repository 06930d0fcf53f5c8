"""Hostile request bodies: one table for all levels of tests.

tests/unit/test_worst_cases.py limits the work of reading each, tests/integration the work of
refusing it, and tests/e2e sends those with `over_http` to the running service. The query string of
the request has the key and a caller number, but no tag.
"""

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
MULTIPART = "multipart/form-data; boundary=b"


@dataclass(frozen=True, slots=True)
class HostileBody:
    """`status_code` is that of the response: some of these bodies are only odd."""

    body: bytes
    content_type: str
    status_code: int
    over_http: bool = False
    content_encoding: str | None = None

    @property
    def headers(self) -> Mapping[str, str]:
        encoding = {"content-encoding": self.content_encoding} if self.content_encoding else {}
        return {"content-type": self.content_type} | encoding


def part(name: str, value: str = "1", headers: str = "") -> str:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n{headers}\r\n{value}\r\n'


def _object(members: dict[str, Any]) -> str:
    return json.dumps(members, separators=(",", ":"))


def _deep(depth: int) -> Any:
    return {"a": _deep(depth - 1)} if depth else 1


def _over_http(
    body: str | bytes, content_type: str, status_code: int, content_encoding: str | None = None
) -> HostileBody:
    return HostileBody(_bytes(body), content_type, status_code, True, content_encoding)


def _in_process(body: str | bytes, content_type: str, status_code: int) -> HostileBody:
    return HostileBody(_bytes(body), content_type, status_code)


def _bytes(body: str | bytes) -> bytes:
    return body if isinstance(body, bytes) else body.encode()


_FORMS = {
    "3 MB": _over_http("a=" + "x" * 3_000_000, FORM, 413),
    "100,000 parameters": _over_http("&".join(f"t{n}=" for n in range(100_000)), FORM, 413),
    "only separators": _over_http("&" * 65_000, FORM, 422),
    "13,000 parameters": _in_process("&".join(f"{n:x}" for n in range(13_000)), FORM, 422),
    "one name of 60 kB": _in_process("a" * 60_000, FORM, 422),
    "one value of 60 kB": _in_process("a=" + "%f0%9f%98%80" * 5_000, FORM, 200),
    "the most parameters that are read": _in_process(
        "&".join(f"p{n}=%E9+" for n in range(1_999)), FORM, 422
    ),
    "the most items of one list": _in_process(
        "&".join(f"p[{n}]=%E9" for n in range(1_999)), FORM, 200
    ),
    "the most lists": _in_process("&".join(f"p{n}[]=%E9" for n in range(1_999)), FORM, 422),
    "many spellings of the key": _in_process(
        "&".join(f"KEY{'+' * (n % 9)}=" for n in range(1_999)), FORM, 200
    ),
    "100 values like {{a---": _in_process(
        "&".join(f"a{n}=%7B%7Ba{'-' * 120}" for n in range(100)), FORM, 200
    ),
    "100 values like --A--a---": _in_process(
        "&".join(f"a{n}=--A--a{'-' * 110}" for n in range(100)), FORM, 200
    ),
    "invalid escapes": _in_process("a=%&%b=%zz&%=%0&c=%u0041", FORM, 200),
    "invalid escapes and a NUL": _over_http("a=%ff%&b=%00", FORM, 200),
    "invalid UTF-8": _in_process(b"a=\xff\xfe&\xc0\x80=1&c=%ed%a0%80&d=%c0%af", FORM, 200),
    "bytes of no charset": _over_http(b"a=\xff\xc0\x81", FORM, 200),
    "NULs": _in_process("a=%00&%00=b&\0=\0", FORM, 200),
    "UTF-16": _in_process("a=1".encode("utf-16"), FORM, 200),
    "an unknown charset": _in_process("a=1", f"{FORM}; charset=rot13", 200),
    "2,000 charsets": _in_process("a=1", f"{FORM}{'; charset=x' * 2_000}", 200),
}

_JSON = {
    "JSON nested 13,000 deep": _over_http('{"a":' * 13_000, JSON, 422),
    "JSON nested 900 deep, and closed": _in_process(_object({"a": _deep(900)}), JSON, 422),
    "lists nested 65,000 deep": _in_process("[" * 65_000, JSON, 422),
    "lists nested 900 deep, and closed": _in_process(
        '{"a":' + "[" * 900 + "]" * 900 + "}", JSON, 422
    ),
    "4,200 nested members": _in_process(
        _object({f"{n:x}": {"a": 1} for n in range(4_200)}), JSON, 200
    ),
    "1,300 members of six levels": _in_process(
        _object({f"{n:x}": _deep(6) for n in range(1_300)}), JSON, 422
    ),
    "6,000 empty objects": _in_process(_object({f"{n:x}": {} for n in range(6_000)}), JSON, 422),
    "15,000 lists in a list": _in_process(_object({"a": [[1]] * 15_000}), JSON, 200),
    "7,000 objects in a list": _in_process(_object({"a": [{"b": 1}] * 7_000}), JSON, 200),
    "30,000 numbers in a list": _in_process(_object({"a": [1] * 30_000}), JSON, 422),
    "6,000 members": _in_process(_object({f"{n:x}": "" for n in range(6_000)}), JSON, 422),
    "one member 9,000 times": _in_process("{" + '"a":1,' * 9_000 + '"a":[]}', JSON, 200),
    "repeated members in a list": _in_process(
        '{"a":[' + '{"a":1,"a":2},' * 4_500 + "1]}", JSON, 200
    ),
    "JSON in a string": _in_process(json.dumps('{"a":"' + "\\" * 16_000 + '"}'), JSON, 200),
    "deep JSON in a string": _in_process(json.dumps('{"a":' * 7_000), JSON, 422),
    "a number of 60,000 digits": _over_http('{"a":' + "9" * 60_000 + "}", JSON, 422),
    "an exponent of 65,000 digits": _in_process(
        '{"caller_number":1e' + "9" * 65_000 + "}", JSON, 422
    ),
    "a huge exponent": _in_process('{"a":1e999999999,"caller_number":1e999999999}', JSON, 422),
    "NaN": _over_http('{"a":NaN}', JSON, 422),
    "infinity": _in_process('{"a":1,"b":Infinity}', JSON, 422),
    "a lone surrogate": _over_http('{"a":"\\ud800"}', JSON, 200),
    "lone surrogates everywhere": _in_process(
        '{"a\\ud800":"\\udfff","caller_number":"\\ud800"}', JSON, 422
    ),
    "UTF-32, cut off": _in_process('{"a":1}'.encode("utf-32")[:-3], JSON, 422),
    "two JSON objects": _in_process('{"a":1}{"b":2}', JSON, 422),
    "names that mean something to Python": _in_process(
        '{"__class__":"x","constructor":{},"$ref":1}', JSON, 200
    ),
}

_MULTIPART = {
    "1,100 parts": _over_http(part("a") * 1_100, MULTIPART, 422),
    "1,100 names": _in_process("".join(part(f"a{n}", "") for n in range(1_100)), MULTIPART, 422),
    "800 files": _in_process(
        "".join(part(f'a{n}"; filename="x') for n in range(800)), MULTIPART, 422
    ),
    "parts without names": _in_process(
        "--b\r\nContent-Disposition: form-data\r\n\r\n\r\n" * 1_400, MULTIPART, 422
    ),
    "an endless part": _in_process(part("a", "x" * 60_000), MULTIPART, 422),
    "almost boundaries": _in_process(part("a", "\r\n--" * 16_000), MULTIPART, 422),
    "more than boundaries": _in_process(part("a", "\r\n--bb" * 10_000), MULTIPART, 422),
    "an endless header": _in_process("--b\r\nContent-Disposition: " + "x" * 60_000, MULTIPART, 422),
    "folded headers": _in_process(
        part("a", headers="X: y" + "\r\n z" * 15_000 + "\r\n"), MULTIPART, 422
    ),
    "10,000 headers": _in_process(part("a", headers="X: y\r\n" * 9_000), MULTIPART, 422),
    "quotes in names": _in_process(part("a" + '\\"' * 400) * 70, MULTIPART, 422),
    "parts in parts": _in_process(
        part("a", part("b", headers=f"Content-Type: {MULTIPART}\r\n")), MULTIPART, 422
    ),
    "a part of another charset": _in_process(
        part("a", headers="Content-Type: text/plain; charset=idna\r\n"), MULTIPART, 422
    ),
    "no boundary in the type": _in_process(part("a"), "multipart/form-data", 422),
    "a boundary of 8 kB": _over_http(part("a"), MULTIPART + "b" * 8_000, 422),
    "a boundary of 8 kB, after text": _in_process("x\n--b", MULTIPART + "b" * 8_000, 422),
    "a boundary of dashes": _in_process(
        "\n--" * 21_000, f"multipart/form-data; boundary={'-' * 70}", 422
    ),
    "a boundary that is not ASCII": _in_process(
        part("a"), 'multipart/form-data; boundary="\ud800"', 422
    ),
    "2,000 options": _in_process(part("a"), "multipart/form-data" + '; a="\\' * 2_000, 422),
}

_OTHERS = {
    "names that are nearly right": _in_process(
        "&".join(f"caller_{n:04}mber=1" for n in range(2_000)), FORM, 422
    ),
    "a list of labels": _in_process(
        json.dumps({"a": [{"b": "phone", "c": "1" * 30} for _ in range(1_000)]}), JSON, 200
    ),
    "compressed": _over_http(gzip.compress(b"a=" + b"1" * 10_000_000), FORM, 415, "gzip"),
    "gzip, undeclared": _in_process(b"\x1f\x8b" + b"\0" * 65_000, JSON, 415),
    "text without a type": _over_http("hello", "", 415),
    "text as HTML": _in_process("hello", "text/html", 415),
    "two types": _in_process("a=1", f"{FORM},{JSON}", 200),
    "a type of 8 kB": _over_http("hello", "a" * 8_000, 415),
    "a type of 8 kB, and a form": _in_process("a=1", "a" * 8_000, 200),
    "a type with control characters": _in_process("a=1", "text/\x00\x1b[31m\r\nX: y", 200),
}

BODIES: Mapping[str, HostileBody] = _FORMS | _JSON | _MULTIPART | _OTHERS
OVER_HTTP: Mapping[str, HostileBody] = {
    name: hostile for name, hostile in BODIES.items() if hostile.over_http
}
