"""What was proven when: remembered, and never believed when it was changed."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.domain.errors import StorageUnavailable
from core.jsonl import append
from core.repository.ledger import Ledger, Proof

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.jsonl"


def test_what_is_known_is_the_furthest_good_look_until_one_is_not_good(tmp_path: Path) -> None:
    """Level 2 of everything, after level 3 of one, takes nothing away; damage does."""
    ledger = Ledger(tmp_path / "ledger.jsonl")
    for hours, level, verdict in ((0, 3, "proven"), (1, 2, "proven"), (2, 0, "damaged"), (3, 1, "proven")):
        at = AT + timedelta(hours=hours)
        ledger.record("a", level=level, verdict=verdict, at=at, detail="", storage="disk")  # type: ignore[arg-type]  # of the table
        standing = ledger.standing("a", "disk")
        assert standing is not None
        assert (standing.level, standing.verdict) == ((3, "proven") if hours < 2 else (level, verdict))
    assert ledger.standing("a", "far") is None
    assert ledger.standing("b") is None


def test_every_look_is_kept_and_the_last_one_counts(path: Path) -> None:
    """By snapshot; another run of the program remembers them too."""
    ledger = Ledger(path)
    assert ledger.latest("a") is None
    ledger.record("a", level=1, verdict="proven", at=AT, detail="read back")
    ledger.record("b", level=0, verdict="damaged", at=AT, detail="shorter")
    ledger.record("a", level=3, verdict="proven", at=AT + timedelta(hours=1), detail="7 accounts")
    for reader in (ledger, Ledger(path)):
        assert [proof.level for proof in reader.proofs("a")] == [1, 3]
        assert reader.latest("a") == Proof(
            snapshot_id="a", level=3, verdict="proven", at=AT + timedelta(hours=1), detail="7 accounts"
        )
        assert reader.latest("c") is None
        assert reader.bad_lines == ()


def test_a_look_by_another_process_is_seen(path: Path) -> None:
    """The bot and the command line share the ledger."""
    bot, cli = Ledger(path), Ledger(path)
    assert bot.latest("a") is None
    cli.record("a", level=1, verdict="proven", at=AT, detail="")
    assert bot.latest("a") is not None
    path.unlink()
    assert bot.latest("a") is None


def test_a_changed_line_proves_nothing_and_is_named(path: Path) -> None:
    """A bit that turns "damaged" into "proven" is not believed: the older look counts, and the line is named."""
    ledger = Ledger(path)
    ledger.record("a", level=1, verdict="damaged", at=AT, detail="shorter")
    ledger.record("a", level=3, verdict="proven", at=AT, detail="")
    path.write_bytes(path.read_bytes().replace(b'"level": 3', b'"level": 2'))
    latest = Ledger(path).latest("a")
    assert latest is not None
    assert latest.verdict == "damaged"
    ledger.latest("a")
    assert ledger.bad_lines == (2,)


@pytest.mark.parametrize(
    "changes",
    [{"verdict": "perfect"}, {"at": "2026-11-23T09:30:00"}, {"at": 7}, {"level": "x"}, {"level": None}, {"at": None}],
    ids=str,
)
def test_a_whole_line_that_is_no_proof_is_named_too(path: Path, changes: dict[str, object]) -> None:
    """What a later version may write, or a person."""
    good = {"snapshot_id": "a", "level": 1, "verdict": "proven", "at": AT.isoformat(), "detail": ""}
    append(path, good | changes)
    append(path, {"something": "else"})
    append(path, good)
    ledger = Ledger(path)
    assert ledger.latest("a") is not None
    assert ledger.bad_lines == (1, 2)


def test_a_ledger_that_cannot_be_read_is_no_empty_one(path: Path) -> None:
    """Nothing known is not the same as nothing proven."""
    path.mkdir()
    with pytest.raises(StorageUnavailable, match="cannot be read"):
        Ledger(path).latest("a")


def test_a_line_is_plain_json(path: Path) -> None:
    """Any tool reads it."""
    Ledger(path).record("a", level=1, verdict="proven", at=AT, detail="x")
    fields = json.loads(path.read_text())
    assert (fields["snapshot_id"], fields["verdict"], fields["at"]) == ("a", "proven", "2026-11-23T09:30:00+00:00")
