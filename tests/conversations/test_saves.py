"""Saves are taken unasked, and a save that a full disk cut short is told: as a conversation with the real bot."""

from collections.abc import Iterator

import pytest

from bot.demo.stage import Stage
from tests.conversations.test_authority import ask, somebody
from tests.machine import until


@pytest.fixture
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The demo's network as a real one is: its saves are followed. Guards look every second."""
    place = Stage(tmp_path_factory.mktemp("stage") / "network")
    text = place.network.config.read_text()
    followed = text.replace("[saves]\nenabled = false", "[guards]\nevery_seconds = 1")
    assert followed != text
    place.network.config.write_text(followed)
    with place as running:
        yield running


def test_what_is_saved_is_a_snapshot_and_what_is_cut_short_is_told_until_a_good_save_comes(stage: Stage) -> None:
    """<alice> !status / OK … / (the disk is full) / EMERGENCY … is empty / LOOK … frozen / <alice> !save / OK …."""
    manifests = stage.network.folder / "repository"
    until(lambda: any(manifests.rglob("manifests/services/*.json")), "what was saved while the bot was down")
    with somebody(stage, "alice", account="alice") as alice:
        ask(alice, "!snapshots", r"\(saved by services\)|saved by services")
        database = stage.network.database
        empty = database.with_name("empty")
        empty.write_bytes(b"")
        empty.replace(database)
        alice.wait("EMERGENCY the living database of services is empty: its last save was cut short")
        alice.wait("Do not restart its program.* · !save")
        ask(alice, "!status", "LOOK .* frozen: .*the living database of services is empty")
        ask(alice, "!prune", "nothing goes")
        ask(alice, "!save", "saved")
        until(lambda: "frozen" not in ask(alice, "!status", "services saved"), "nothing is frozen any more")
