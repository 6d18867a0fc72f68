"""Copies that are behind, told as conversations with the real bot on the demo's network."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.demo.person import Person
from bot.demo.stage import Stage
from tests.conversations.test_authority import ask, somebody
from tests.conversations.test_retention import lines


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A second storage, whose folder cannot be made: a file lies in its place."""
    place = Stage(tmp_path / "network")
    far = place.network.folder / "far"
    far.write_text("a disk that is not mounted")
    text = place.network.config.read_text()
    place.network.config.write_text(f'{text}\n[storage.far]\nkind = "local"\npath = "{far}"\n')
    with place as running:
        yield running


def test_a_copy_that_is_behind_is_said_and_caught_up_with(stage: Stage) -> None:
    """<alice> !backup now / far is behind / !status / … / (mounted) / !sync / 2 copied / !verify all / 2 of 2 open."""
    far = Path(stage.network.folder / "far")
    with somebody(stage, "alice", account="alice") as alice:
        heard = lines(alice, "!backup now", "^! far is behind")
        assert any(re.search("snapshot .* is new", line) for line in heard)
        assert "Not a directory" in heard[-1]
        heard = lines(alice, "!backup now full", "^! far is behind")
        assert any(re.search("snapshot .* is new", line) for line in heard), heard
        assert "far never reached" in ask(alice, "!status", "far never reached")
        assert "far is behind" in ask(alice, "!sync", "far is behind")
        far.unlink()
        ask(alice, "!sync", "^2 snapshots copied to far")
        ask(alice, "!sync", "^far is up to date")
        ask(alice, "!status", "far up to date")
        ask(alice, "!verify all", "^2 of 2 snapshots open to what was saved")
        ask(alice, "!backup now", "is still the whole truth")
        spoil_and_take(alice, stage)


def spoil_and_take(alice: Person, stage: Stage) -> None:
    """!verify all: 1 of 2 …, … is DAMAGED / !backup now: is new / (a manifest is taken) / !verify all: … is gone."""
    repository = stage.network.folder / "repository"
    newest = max(repository.rglob("*-full.db.zst.age"), key=lambda path: path.stat().st_mtime)
    content = bytearray(newest.read_bytes())
    content[-9] ^= 1
    newest.write_bytes(bytes(content))
    tail = newest.name.split("-")[1]
    heard = lines(alice, "!verify all", "is DAMAGED")
    assert "1 of 2 snapshots open to what was saved" in heard
    assert heard[-1].startswith(f"snapshot {tail} is DAMAGED (level 0 of 3)")
    ask(alice, "!status", "^LOOK")
    ask(alice, "!backup now", "snapshot .* is new")
    taken = next(iter(repository.rglob(f"manifests/*/*{tail}.json")))
    taken.unlink()
    heard = lines(alice, "!verify all", "follows one that is gone")
    assert "2 of 2 snapshots open to what was saved" in heard
