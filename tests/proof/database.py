"""An in-memory DynamoDB that executes one request at a time and keeps a journal of changes.

It knows the requests and expressions that our stores send, and raises NotImplementedError or
KeyError for others. test_database.py compares its responses with moto's.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.stores import tables

Key = tuple[str, str]
Item = Mapping[str, Any]
Body = Mapping[str, Any]
Tables = dict[str, dict[Key, Item]]

REVEAL = "Reveal"
"""A pseudo-request: from now on readers see everything that was written."""

_ENCODER = json.JSONEncoder(sort_keys=True)
_OK = 200
_BAD_REQUEST = 400

_TERM = re.compile(r"(attribute_exists|attribute_not_exists)\((#?\w+)\)|(#?\w+) (=|>=|<=) (:\w+)")
_GROUP = re.compile(r"(?<!\w)\(((?:[^()]|\w\([^()]*\))*)\)")
"""The inside of brackets without a function's name before them."""
_CLAUSE = re.compile(
    r"(?:SET (?P<sets>.+?))?(?:(?:^| )ADD (?P<added>.+?))?(?: REMOVE (?P<removed>.+))?"
)
_SET = re.compile(r"(#\w+) = (?:if_not_exists\((#\w+), (:\w+)\)|(:\w+))")
_EQUALS = re.compile(r"(#\w+) = (:\w+)")
_PREFIX = re.compile(r"(#?\w+) = (:\w+) AND begins_with\((#?\w+), (:\w+)\)")

_IN_THE_LOGS_INDEX = (
    tables.PARTITION_KEY,
    tables.SORT_KEY,
    tables.CALLER_NUMBER_ATTRIBUTE,
    *tables.LOG_BY_CALLER_ATTRIBUTES,
)


@dataclass(frozen=True, slots=True)
class Reply:
    """A response of DynamoDB, as botocore parses it."""

    status_code: int
    members: dict[str, Any]

    @property
    def is_good(self) -> bool:
        return self.status_code == _OK


@dataclass(frozen=True, slots=True)
class Change:
    """The effect of one write on one item. Writes of a transaction share a request number."""

    request: int
    table: str
    key: Key
    before: Item | None
    after: Item | None


def error(code: str, **members: Any) -> Reply:
    return Reply(_BAD_REQUEST, {"Error": {"Code": code, "Message": ""}} | members)


class Database:
    """`page_items` is the page size of queries without a limit; None means a single page."""

    def __init__(self, names: Iterable[str]) -> None:
        self.tables: Tables = {name: {} for name in names}
        self.journal: list[Change] = []
        self.page_items: int | None = None
        self._unseen: Tables = {}
        self._requests = 0
        self._tokens: set[str] = set()

    def snapshot(self) -> Tables:
        """Return a copy of the tables. Items are never changed, only replaced."""
        return {name: dict(items) for name, items in self.tables.items()}

    def restore(self, snapshot: Tables, journal: Iterable[Change]) -> None:
        """Start again with these tables and this journal."""
        self.tables = {name: dict(items) for name, items in snapshot.items()}
        self.journal = [*journal]
        self._tokens.clear()
        self._unseen.clear()

    def hide(self, table: str, changes: Iterable[Change]) -> None:
        """Hide the table's changes from readers, not from conditions, until a REVEAL request."""
        hidden = {change.key: change.before or {} for change in changes if change.table == table}
        self._unseen.setdefault(table, {}).update(hidden)

    def _seen(self, table: str) -> Mapping[Key, Item]:
        items = self.tables[table]
        if not self._unseen.get(table):
            return items
        return {key: item for key, item in (items | self._unseen[table]).items() if item}

    def execute(self, operation: str, body: Body, stale: Tables | None = None) -> Reply:
        """Execute a request. A read that is not consistent reads `stale`, if given."""
        self._requests += 1
        if operation == REVEAL:
            self._unseen.clear()
            return Reply(_OK, {})
        if operation in _READS:
            is_stale = stale is not None and not body.get("ConsistentRead")
            table = body["TableName"]
            seen = stale[table] if is_stale and stale is not None else self._seen(table)
            return _READS[operation](self, body, seen)
        return _WRITES[operation](self, body)

    # Reads.

    def _get_item(self, body: Body, items: Mapping[Key, Item]) -> Reply:
        item = items.get(_key_of(body["Key"]))
        return Reply(_OK, {"Item": item} if item is not None else {})

    def _query_index(self, body: Body, items: Mapping[Key, Item]) -> Reply:
        """Return all items with this value of the index's partition key, on one page."""
        match = _EQUALS.fullmatch(body["KeyConditionExpression"])
        if match is None:
            raise NotImplementedError(body["KeyConditionExpression"])
        name, value = _named(match[1], body), body["ExpressionAttributeValues"][match[2]]
        found = [item for _, item in sorted(items.items()) if item.get(name) == value]
        if body["IndexName"] == tables.LOG_BY_CALLER_INDEX:
            found = [{n: item[n] for n in _IN_THE_LOGS_INDEX if n in item} for item in found]
        return Reply(_OK, {"Items": found, "Count": len(found), "ScannedCount": len(found)})

    def _query(self, body: Body, items: Mapping[Key, Item]) -> Reply:
        if "IndexName" in body:
            return self._query_index(body, items)
        partition, prefix = _partition_and_prefix(body)
        found = sorted(key for key in items if key[0] == partition and key[1].startswith(prefix))
        if "ExclusiveStartKey" in body:
            found = [key for key in found if key > _key_of(body["ExclusiveStartKey"])]
        if not body.get("ScanIndexForward", True):
            found.reverse()
        most = body.get("Limit") or self.page_items or len(found)
        page, rest = found[:most], found[most:]
        kept = [items[key] for key in page if _holds(body, "FilterExpression", items[key])]
        members: dict[str, Any] = {"Items": kept, "Count": len(kept), "ScannedCount": len(page)}
        if rest:
            members["LastEvaluatedKey"] = _key_item(page[-1])
        return Reply(_OK, members)

    # Writes.

    def _put_item(self, body: Body) -> Reply:
        return self._write_one("Put", body)

    def _delete_item(self, body: Body) -> Reply:
        return self._write_one("Delete", body)

    def _update_item(self, body: Body) -> Reply:
        before = self._current("Update", body)
        reply = self._write_one("Update", body)
        if reply.is_good and body.get("ReturnValues") == "ALL_OLD" and before is not None:
            return Reply(_OK, {"Attributes": before})
        return reply

    def _write_one(self, kind: str, body: Body) -> Reply:
        before = self._current(kind, body)
        if not _holds(body, "ConditionExpression", before):
            is_asked = body.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
            found = {"Item": before} if is_asked and before else {}
            return error("ConditionalCheckFailedException", **found)
        self._apply(kind, body)
        return Reply(_OK, {})

    def _batch_write_item(self, body: Body) -> Reply:
        for table, requests in body["RequestItems"].items():
            for request in requests:
                ((kind, write),) = request.items()
                self._apply(kind.removesuffix("Request"), {"TableName": table, **write})
        return Reply(_OK, {"UnprocessedItems": {}})

    def _transact_write_items(self, body: Body) -> Reply:
        token = body["ClientRequestToken"]
        if token in self._tokens:
            return Reply(_OK, {})
        actions = [action for item in body["TransactItems"] for action in item.items()]
        codes = [
            "None"
            if _holds(action, "ConditionExpression", self._current(kind, action))
            else "ConditionalCheckFailed"
            for kind, action in actions
        ]
        if set(codes) != {"None"}:
            return cancelled(codes)
        self._tokens.add(token)
        for kind, action in actions:
            self._apply(kind, action)
        return Reply(_OK, {})

    def _current(self, kind: str, action: Body) -> Item | None:
        return self.tables[action["TableName"]].get(_written_key(kind, action))

    def _apply(self, kind: str, action: Body) -> None:
        items, key = self.tables[action["TableName"]], _written_key(kind, action)
        before = items.get(key)
        if kind == "Delete":
            after = None
            items.pop(key, None)
        else:
            after = action["Item"] if kind == "Put" else _updated(action, before)
            items[key] = after
        if before != after:
            change = Change(self._requests, action["TableName"], key, before, after)
            self.journal.append(change)


_READS = {"GetItem": Database._get_item, "Query": Database._query}
_WRITES = {
    "BatchWriteItem": Database._batch_write_item,
    "DeleteItem": Database._delete_item,
    "PutItem": Database._put_item,
    "TransactWriteItems": Database._transact_write_items,
    "UpdateItem": Database._update_item,
}


def cancelled(codes: Iterable[str]) -> Reply:
    reasons = [{"Code": code} for code in codes]
    return error("TransactionCanceledException", CancellationReasons=reasons)


def is_read(operation: str) -> bool:
    return operation in _READS


def digest(value: object) -> int:
    """Return a hash that equal values share, within this process."""
    return hash(_ENCODER.encode(value))


def _key_of(item: Item) -> Key:
    return item[tables.PARTITION_KEY]["S"], item[tables.SORT_KEY]["S"]


def _key_item(key: Key) -> dict[str, Any]:
    return {tables.PARTITION_KEY: {"S": key[0]}, tables.SORT_KEY: {"S": key[1]}}


def _written_key(kind: str, action: Body) -> Key:
    return _key_of(action["Item" if kind == "Put" else "Key"])


def _partition_and_prefix(body: Body) -> tuple[str, str]:
    match = _PREFIX.fullmatch(body["KeyConditionExpression"])
    if match is None:
        raise NotImplementedError(body["KeyConditionExpression"])
    values = body["ExpressionAttributeValues"]
    return values[match[2]]["S"], values[match[4]]["S"]


def _holds(body: Body, member: str, item: Item | None) -> bool:
    """Return whether the item satisfies the request's expression, if it has one."""
    expression = body.get(member)
    return expression is None or _is_true(expression, body, item or {})


def _is_true(expression: str, body: Body, item: Item) -> bool:
    while group := _GROUP.search(expression):
        value = str(_is_true(group[1], body, item))
        expression = expression[: group.start()] + value + expression[group.end() :]
    return any(
        all(_term_holds(term, body, item) for term in terms.split(" AND "))
        for terms in expression.split(" OR ")
    )


def _term_holds(term: str, body: Body, item: Item) -> bool:
    if term in ("True", "False"):
        return term == "True"
    match = _TERM.fullmatch(term)
    if match is None:
        raise NotImplementedError(term)
    function, asked, name, operator, value = match.groups()
    if function:
        return (_named(asked, body) in item) is (function == "attribute_exists")
    there, wanted = item.get(_named(name, body)), body["ExpressionAttributeValues"][value]
    if operator == "=":
        return bool(there == wanted)
    if there is None:
        return False
    return bool(there["S"] >= wanted["S"] if operator == ">=" else there["S"] <= wanted["S"])


def _named(name: str, body: Body) -> str:
    return str(body["ExpressionAttributeNames"][name]) if name.startswith("#") else name


def _sum(before: Mapping[str, Any] | None, added: Mapping[str, Any]) -> Mapping[str, Any]:
    """Add to a number, or to a set of texts."""
    if before is None:
        return added
    if "N" in added:
        return {"N": str(int(before["N"]) + int(added["N"]))}
    return {"SS": sorted({*before["SS"], *added["SS"]})}


def _updated(action: Body, before: Item | None) -> Item:
    clause = _CLAUSE.fullmatch(action["UpdateExpression"])
    if clause is None:
        raise NotImplementedError(action["UpdateExpression"])
    values = action["ExpressionAttributeValues"]
    item = dict(before or action["Key"])
    for part in clause["sets"].split(", #") if clause["sets"] else ():
        match = _SET.fullmatch(part if part.startswith("#") else f"#{part}")
        if match is None:
            raise NotImplementedError(part)
        name, kept, default, value = match.groups()
        attribute = _named(name, action)
        if not (kept and attribute in item):
            item[attribute] = values[default or value]
    for part in clause["added"].split(", ") if clause["added"] else ():
        name, value = part.split(" ")
        attribute = _named(name, action)
        item[attribute] = _sum(item.get(attribute), values[value])
    for name in clause["removed"].split(", ") if clause["removed"] else ():
        item.pop(_named(name, action), None)
    return item
