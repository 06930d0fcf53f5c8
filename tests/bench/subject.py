"""A measured process; only a bundle is on its path, so it must not import from the tests.

Each line of standard input is a batch of events. It writes the processor time of each event (user
and system) to the file descriptor in its second argument.
"""

import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

CONTEXT = SimpleNamespace(
    function_name="benchmark",
    function_version="$LATEST",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:benchmark",
    aws_request_id="c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
    get_remaining_time_in_millis=lambda: 15_000,
)

PUT_ITEM = "put_item"
"""The name of the reference P: one item, put by a client of boto3."""


def load(name: str) -> Callable[[Any], Any]:
    if name == PUT_ITEM:
        client = importlib.import_module("boto3").client("dynamodb")
        return lambda event: client.put_item(**event)
    handler = importlib.import_module(name).lambda_handler
    return lambda event: handler(event, CONTEXT)


def expect_success(response: Any) -> None:
    """Raise RuntimeError if the handler failed; a failure is fast and must not be measured."""
    if response is None:  # the activity function, which fails by raising
        return
    status = response.get("statusCode", 200)
    if status >= 500 or status in (401, 403, 404) or response.get("batchItemFailures"):
        raise RuntimeError(f"the handler failed: {response}")


def main() -> None:
    name, descriptor = sys.argv[1:]
    invoke = load(name)
    with os.fdopen(int(descriptor), "w") as out:
        for line in sys.stdin:
            seconds = []
            for event in json.loads(line):
                started = time.process_time()
                response = invoke(event)
                seconds.append(time.process_time() - started)
                expect_success(response)
            sys.stdout.flush()
            out.write(json.dumps(seconds) + "\n")
            out.flush()


if __name__ == "__main__":
    main()
