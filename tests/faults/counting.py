"""Switches the function that counts the log's rows off and on."""

import math
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.local.waiting import eventually
from tests.e2e.service import Service
from tests.faults.books import rows_counted, rows_to_count

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

_MOST_ROWS_A_BATCH = 1000

_SECONDS_TO_COUNT = 400.0


@dataclass(frozen=True, slots=True)
class Counting:
    """The embedded AWS serves streams and queues one after the other: while rows are counted under
    faults, no call event is handled. The rows are counted in `batches` batches, however many rows
    there are, so that many batches meet a fault."""

    client: "LambdaClient"
    mapping: str
    service: Service
    batches: int

    @classmethod
    def of(cls, service: Service, batches: int) -> "Counting":
        client: LambdaClient = service.aws.client("lambda")
        (function,) = (
            f["FunctionName"]
            for f in client.list_functions()["Functions"]
            if f["Handler"].startswith("functions.activity.")
        )
        (mapping,) = client.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]
        return cls(client, mapping["UUID"], service, batches)

    def wait(self) -> None:
        """Stop counting. The stream keeps the rows."""
        self.client.update_event_source_mapping(UUID=self.mapping, Enabled=False)

    def catch_up(self) -> None:
        """Count all rows. The accounts report rows that are not counted in time."""
        rows = rows_to_count(self.service)
        self.client.update_event_source_mapping(
            UUID=self.mapping,
            Enabled=True,
            BatchSize=min(math.ceil(rows / self.batches), _MOST_ROWS_A_BATCH),
        )
        with suppress(TimeoutError):
            eventually(
                lambda: rows_counted(self.service) >= rows or None,
                "all rows counted",
                within=_SECONDS_TO_COUNT,
                every=0.5,
            )
