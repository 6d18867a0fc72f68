"""A snapshot that is old because nothing changed is told apart from one that is old because nobody looked."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.operations.looks import Looks
from tests.core.operations.world import World
from tests.fakes import RecordingProgress

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def test_the_last_look_is_remembered_for_its_snapshot_only(tmp_path: Path) -> None:
    looks = Looks(tmp_path)
    assert looks.unchanged_at("services", "a") is None
    looks.note("services", "a", AT)
    looks.note("config", "b", AT + timedelta(hours=1))
    assert Looks(tmp_path).unchanged_at("services", "a") == AT
    assert looks.unchanged_at("services", "b") is None
    assert looks.unchanged_at("config", "b") == AT + timedelta(hours=1)


@pytest.mark.parametrize(
    "spoiled",
    [b"", b"[]", b"7", b"{", b'{"services": 7}', b'{"services": {"snapshot": "a", "at": "soon"}}', b"[" * 9000],
)
def test_a_spoiled_file_remembers_nothing(tmp_path: Path, spoiled: bytes) -> None:
    (tmp_path / "looks.json").write_bytes(spoiled)
    assert Looks(tmp_path).unchanged_at("services", "a") is None
    Looks(tmp_path).note("services", "a", AT)
    assert Looks(tmp_path).unchanged_at("services", "a") == AT


def test_status_says_that_nothing_changed_since(world: World) -> None:
    world.engine.back_up(reason="x", progress=RecordingProgress())
    assert "unchanged" not in str(world.engine.status())
    world.clock.advance(3600)
    world.engine.back_up(reason="x", progress=RecordingProgress())
    world.clock.advance(120)
    assert "last snapshot 1h ago, unchanged 2m ago" in str(world.engine.status())
