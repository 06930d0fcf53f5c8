"""The number of rows that a console page reads does not grow with the log."""

from tests.bench import console


def _read(rows: int) -> list[str]:
    """Return the table of what the log's pages read, without times."""
    section = console.measure(rows)
    assert not any(goal.fails for goal in section.goals)
    return [line.rpartition("|")[0].rpartition("|")[0] for line in section.tables[0].splitlines()]


def test_a_page_of_a_large_log_reads_as_much_as_one_of_a_small_log() -> None:
    small, large = _read(12_000), _read(60_000)

    assert large == small
    assert large[2].startswith("| a key's log, first page | 16 |")
