"""The state of moto: the tables, queues and buses of the template, emptied before each test."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from moto import mock_aws
from moto.dynamodb.models import dynamodb_backends
from moto.sqs.models import sqs_backends

from tests import faster_moto


@contextmanager
def kept(account: str, region: str, create: Callable[[], None]) -> Iterator[Callable[[], None]]:
    """Start moto and create resources. Yields a function that restores them as created.

    Restoring takes a millisecond; starting and creating takes longer than most tests.
    """
    with mock_aws():
        create()
        tables = dynamodb_backends[account][region].tables
        queues = sqs_backends[account][region]
        created = {name: faster_moto.copy_table(table) for name, table in tables.items()}

        def restore() -> None:
            tables.clear()
            for name, table in created.items():
                tables[name] = faster_moto.copy_table(table)
            for name in [*queues.queues]:
                queues.delete_queue(name)
                queues.create_queue(name)

        yield restore
