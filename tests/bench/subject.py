"""What is measured, in a process of its own that has nothing on its path but a bundle.

It takes a batch of events in each line of standard input, and writes on the file descriptor of its
second argument what processor time, user's and system's, each took. Imports nothing of the tests.
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
"""The floor P: the client as everyone makes it, and one item that is put by it."""


def load(name: str) -> Callable[[Any], Any]:
    if name == PUT_ITEM:
        client = importlib.import_module("boto3").client("dynamodb")
        return lambda event: client.put_item(**event)
    handler = importlib.import_module(name).lambda_handler
    return lambda event: handler(event, CONTEXT)


def expect_success(answer: Any) -> None:
    """A handler that fails is quick; it must not count."""
    if answer is None:  # of a function that fails with its batch
        return
    status = answer.get("statusCode", 200)
    if status >= 500 or status in (401, 403, 404) or answer.get("batchItemFailures"):
        raise RuntimeError(f"the handler answered {answer}")


def main() -> None:
    name, descriptor = sys.argv[1:]
    invoke = load(name)
    with os.fdopen(int(descriptor), "w") as out:
        for line in sys.stdin:
            seconds = []
            for event in json.loads(line):
                started = time.process_time()
                answer = invoke(event)
                seconds.append(time.process_time() - started)
                expect_success(answer)
            sys.stdout.flush()
            out.write(json.dumps(seconds) + "\n")
            out.flush()


if __name__ == "__main__":
    main()
