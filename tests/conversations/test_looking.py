"""!find and !diff, told as conversations with the real bot on the demo's network."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.config import load
from bot.demo.person import Person, Unanswered
from bot.demo.stage import Stage
from bot.wiring import build_engine
from tests.conversations.test_authority import ask, somebody
from tests.fakes import RecordingProgress


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Dave was saved, and dropped."""
    with Stage(Path(tmp_path_factory.mktemp("stage") / "network")) as running:
        with somebody(running, "alice", account="alice") as alice:
            ask(alice, "!backup now", "is new")
            assert "dropped" in alice.ask("NickServ", "FDROP dave")
            ask(alice, "!backup now", "is new")
        yield running


def answer(person: Person, text: str) -> list[str]:
    """All lines that come back."""
    person.say("#opers", text)
    lines = [person.hear("BackupServ")]
    while True:
        try:
            lines.append(person.hear("BackupServ", 2))
        except Unanswered:
            return lines


def test_who_was_dropped_is_found_with_the_command_that_brings_them_back(stage: Stage) -> None:
    """<alice> !find dave / not in the living database / account dave …: in one snapshot / !restore user dave from …."""
    with somebody(stage, "alice", account="alice") as alice:
        lines = answer(alice, "!find Dave")
        assert len(lines) <= 4
        assert "not in the living database" in lines[0]
        assert re.search(r"account dave \(registered 20\S+\): in one snapshot, \w+ of .*; gone since \w+ of ", lines[1])
        found = re.search(r"!restore user dave from (\w+)", lines[2])
        assert found
        ask(alice, f"!restore user dave from {found[1]}", "PLAN .* restore account dave")


def test_who_lives_is_found_and_who_never_was_is_not(stage: Stage) -> None:
    with somebody(stage, "alice", account="alice") as alice:
        lines = answer(alice, "!find bob_away")
        assert "in the living database" in lines[0]
        assert "nick bob_away of account bob" in lines[0]
        assert "in 2 snapshots" in lines[1]
        assert "founder bob, carol" in answer(alice, "!find #bobs-garage")[0]
        assert "in none of 2 snapshots" in answer(alice, "!find nobody-at-all")[1]
        ask(alice, "!find", r"usage: !find NICK")


def test_what_changed_is_told_in_four_lines(stage: Stage) -> None:
    """<alice> !diff 1h ago … is refused where no snapshot is that old; an id, and two words of time, are understood."""
    with somebody(stage, "alice", account="alice") as alice:
        ask(alice, "!diff 1h ago", "there is no snapshot of")
        found = re.search(r"in one snapshot, (\w+) of", "".join(answer(alice, "!find dave")))
        assert found
        lines = answer(alice, f"!diff {found[1]}")
        assert len(lines) <= 4
        assert re.search(r"→ live, saved .*: accounts: 1 dropped", lines[0])
        assert any(re.search("account dave dropped", line) for line in lines)
        assert "nothing that anybody did" in answer(alice, "!diff latest")[0]
        ask(alice, "!diff /etc/passwd", "not one or two snapshots")
        ask(alice, "!diff", r"usage: !diff A \[B\]")


def test_who_asked_to_be_forgotten_is_shown_no_way_back(stage: Stage) -> None:
    """<alice> !find dave / … / account dave was forgotten on …, and the restore is refused with the same words."""
    engine = build_engine(load(stage.network.config))
    dave = engine.bearers("dave", progress=RecordingProgress()).chosen(None, everybody=True)
    (stone,) = engine.forget(dave, by="a test")
    try:
        with somebody(stage, "alice", account="alice") as alice:
            lines = answer(alice, "!find dave")
            assert len(lines) <= 4
            assert re.search(r"account dave was forgotten on \d{4}-\d\d-\d\d, and is never brought back", lines[-1])
            assert not any("!restore" in line for line in lines)
            ask(alice, "!restore user dave", "was forgotten on")
    finally:
        engine.lift(stone.id, by="a test")


def test_when_much_changed_all_of_it_comes_in_private(stage: Stage) -> None:
    """<alice> !diff … / (totals, then power and who went, in the channel) / (every change, by notice)."""
    with somebody(stage, "alice", account="alice") as alice:
        found = re.search(r"in one snapshot, (\w+) of", "".join(answer(alice, "!find dave")))
        assert found
        for nick in ("bob", "erin"):
            assert "dropped" in alice.ask("NickServ", f"FDROP {nick}")
        alice.ask("OperServ", "UPDATE")
        lines = answer(alice, f"!diff {found[1]} live")
        assert re.search("accounts: 3 dropped", lines[0])
        for name in ("bob", "dave", "erin"):
            assert any(line.startswith(f"account {name} dropped") for line in lines), lines
        assert any("- dropped: " in line and "dave" in line for line in lines), lines
        assert not any("backupserv diff" in line for line in lines)
