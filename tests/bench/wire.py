"""An endpoint that speaks DynamoDB's and EventBridge's HTTP, in a process of its own.

It uses the in-memory database of `make prove`, and counts requests and units. Its time is not
part of the measured process's.

Two more requests: `Bench.Take` returns what was counted since the last one, `Bench.Fill` adds
many items to the tables.
"""

import json
import os
import sys
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any, cast

from shared.stores import tables
from tests.bench import growing, units
from tests.bench.units import Index, Units
from tests.proof.database import Database, Reply, is_read
from tests.proof.processes import ACTIVITY, POSTBACK_KEYS, POSTBACK_LOG, TABLES

_HOST = "127.0.0.1"

BY_CALLER = Index(tables.CALLER_NUMBER_ATTRIBUTE, tables.SORT_KEY, tables.LOG_BY_CALLER_ATTRIBUTES)
INDEXES = {
    POSTBACK_KEYS: [Index(tables.PUBLISHER_ID_ATTRIBUTE, tables.CREATED_AT_ATTRIBUTE)],
    POSTBACK_LOG: [BY_CALLER],
}


@dataclass(slots=True)
class Counts:
    """Counted requests and units; `items` are those read, before any filter."""

    requests: int = 0
    items: int = 0
    announced: int = 0
    units: Units = Units()  # noqa: RUF009  # frozen


class Wire:
    """Executes one request at a time, on the database or on an event bus."""

    def __init__(self) -> None:
        self._database = Database([*TABLES, ACTIVITY])
        self._counts = Counts()
        self._lock = Lock()

    def answer(self, target: str, body: dict[str, Any]) -> Reply:
        operation = target.rpartition(".")[2]
        with self._lock:
            match operation:
                case "Take":
                    return Reply(200, self._take())
                case "Fill":
                    growing.grow(self._database, **body)
                    return Reply(200, {})
            self._counts.requests += 1
            if operation == "PutEvents":
                return self._put_events(body)
            return self._execute(operation, body)

    def _execute(self, operation: str, body: dict[str, Any]) -> Reply:
        if "KeyConditionExpression" in body:
            # boto3's `Table` puts its own conditions in parentheses.
            body["KeyConditionExpression"] = body["KeyConditionExpression"].removeprefix("(")
            body["KeyConditionExpression"] = body["KeyConditionExpression"].replace("))", ")")
        self._database.journal.clear()
        reply = self._database.execute(operation, body)
        if is_read(operation):
            self._count_read(body, reply)
        else:
            self._count_writes(operation)
        return reply

    def _count_read(self, body: dict[str, Any], reply: Reply) -> None:
        found = [reply.members["Item"]] if "Item" in reply.members else reply.members.get("Items")
        read = found or []
        self._counts.items += reply.members.get("ScannedCount", len(read))
        self._counts.units += units.read(read, is_consistent=bool(body.get("ConsistentRead")))

    def _count_writes(self, operation: str) -> None:
        """Count by what changed. A failed condition changes nothing but costs a unit."""
        if not self._database.journal:
            self._counts.units += Units(table_writes=1)
        for change in self._database.journal:
            self._counts.units += units.write(
                change.before,
                change.after,
                INDEXES.get(change.table, ()),
                in_transaction=operation.startswith("Transact"),
            )

    def _put_events(self, body: dict[str, Any]) -> Reply:
        self._counts.announced += len(body["Entries"])
        entries = [{"EventId": str(number)} for number in range(len(body["Entries"]))]
        return Reply(200, {"FailedEntryCount": 0, "Entries": entries})

    def _take(self) -> dict[str, Any]:
        taken, self._counts = self._counts, Counts()
        return asdict(taken)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    wire: Wire


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # one packet per response

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        reply = cast(_Server, self.server).wire.answer(self.headers["X-Amz-Target"], body)
        members = reply.members
        if not reply.is_good:
            error = members.pop("Error")
            members |= {"__type": error["Code"], "message": error["Message"]}
        response = json.dumps(members).encode()
        self.send_response(reply.status_code)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(response)))
        self.end_headers()
        self.wfile.write(response)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name in its base
        pass


def main() -> None:
    """Serve until standard input ends; print the port first."""
    server = _Server((_HOST, 0), _Handler)
    server.wire = Wire()
    print(server.server_port, flush=True)
    Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
