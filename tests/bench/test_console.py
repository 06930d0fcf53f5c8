"""What a page of the console reads does not grow with what there is."""

from tests.bench import console


def _read(rows: int) -> list[str]:
    """The lines of what the log's pages read, but for their times."""
    section = console.measure(rows)
    assert not any(goal.fails for goal in section.goals)
    return [line.rpartition("|")[0].rpartition("|")[0] for line in section.tables[0].splitlines()]


def test_a_page_of_a_large_log_reads_no_more_than_one_of_a_small_log() -> None:
    small, large = _read(12_000), _read(60_000)

    assert large == small
    assert large[2].startswith("| a key's log, first page | 16 |")
