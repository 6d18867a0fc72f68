"""How it is asked and how it is answered, told as conversations with the real bot on the demo's network."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.config import load
from bot.demo.person import Person, Unanswered
from bot.demo.stage import Stage
from bot.wiring import build_engine
from tests.conversations.test_authority import ask, audit, somebody
from tests.conversations.test_looking import answer
from tests.fakes import RecordingProgress


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Dave was saved, and dropped."""
    with Stage(Path(tmp_path_factory.mktemp("stage") / "network")) as running:
        with somebody(running, "alice", account="alice") as alice:
            ask(alice, "!backup now", "is new")
            assert "dropped" in alice.ask("NickServ", "FDROP dave")
            ask(alice, "!backup now services full", "is new")
        yield running


def heard(person: Person, text: str, ending: str) -> list[str]:
    """Whole lines, as they came, up to the one that ends so."""
    person.say("#opers", text)
    lines = [person.wait(r"^:BackupServ!\S+ (PRIVMSG|NOTICE) ")]
    while not re.search(ending, lines[-1]):
        lines.append(person.wait(r"^:BackupServ!\S+ (PRIVMSG|NOTICE) "))
    return lines


def test_help_tells_what_who_asks_may_do(stage: Stage) -> None:
    """<alice> !help / look: … / keep: …, in private where it is long; <alice> !help restore usr / did you mean …?"""
    with somebody(stage, "alice", account="alice") as alice:
        lines = heard(alice, "!help", "!help COMMAND tells more")
        assert all(" NOTICE alice :" in line for line in lines) or len(lines) <= 4
        assert re.search("look: .*!status", lines[0])
        assert any("!restore user" in line for line in lines)
        assert "!restore user NICK" in ask(alice, "!help restore user", "For example: !restore user alice from")
        ask(alice, "!help restroe", "did you mean !restore")


def test_a_mistake_is_answered_with_what_would_be_right(stage: Stage) -> None:
    with somebody(stage, "alice", account="alice") as alice:
        ask(alice, "!restore usr bob", "did you mean !restore user")
        ask(alice, "!restore user bob frm yesterday", "word 2 .* is not understood; did you mean from")
        ask(alice, "!restore user bob from 03/04/2026", "day or month first")
        ask(alice, "!restore user bob from tomorrow", "not understood")
        ask(alice, "!restore user bob from", "from needs a time")
        ask(alice, "!verify latest level 9", "level is 1")
        ask(alice, "!backup now nothing", "no source of that name — there are: ")
        ask(alice, "!status --json", "nothing follows !status")


def test_times_are_taken_as_they_are_written(stage: Stage) -> None:
    """A day and a clock are said back in UTC, and where no snapshot is that old, the first one is named."""
    with somebody(stage, "alice", account="alice") as alice:
        found = ask(alice, '!restore user bob from "last tue 14:30"', "there is no snapshot of")
        assert re.search(r"20\d\d-\d\d-\d\d 14:30Z or before — the first is \w+ of ", found)
        ask(alice, "!restore user dave from now", "dave is not in snapshot")


def test_what_is_there_and_what_is_known_of_one(stage: Stage) -> None:
    with somebody(stage, "alice", account="alice") as alice:
        newest = ask(alice, "!snapshots services 1", "accounts").split()[0]
        ask(alice, "!snapshots nothing", "no snapshots of such a source — there are: ")
        ask(alice, f"!show {newest}", f"snapshot .*{newest} of services, taken ")
        ask(alice, "!show ZZZZ", "no such plan is waiting")
        ask(alice, "!verify latest level 2", r"is good \(level 2 of 3\)")
        ask(alice, "!keys", "age1.*: 2 snapshots · NEVER proven")
        ask(alice, "!retention plan", "snapshot")
        ask(alice, "!save", r"services saved .* at 20\d\d-")
        ask(alice, "!jobs", "nothing is at work")
        ask(alice, "!cancel 99999", "no job of that number")


def test_a_drill_is_asked_for_and_no_word_of_chat_says_what_runs(stage: Stage) -> None:
    """<alice> !drill / running … / could not be done: …; with a path, an unknown source or storage: what is right."""
    with somebody(stage, "alice", account="alice") as alice:
        lines = heard(alice, "!drill", "DRILL")
        assert "drill running …" in lines[0]
        assert re.search(
            r"DRILL could not be done services 20\w+-\w+ from disk: fetched .* checked .*rehearsal\]", lines[-1]
        )
        ask(alice, "!drill services from disk", "DRILL could not be done services")
        ask(alice, "!drill moon", "there is no source moon — there are: services")
        ask(alice, "!drill services from moon", "there is no storage moon")
        ask(alice, "!drill services --with /bin/sh", "options are plain words here")
        ask(alice, "!drill services with /bin/sh", "one source, or all")
        ask(alice, "!drill from", "name of one storage")


def test_who_had_access_and_what_changed(stage: Stage) -> None:
    with somebody(stage, "alice", account="alice") as alice:
        lines = answer(alice, "!who #bobs-garage")
        assert "2 entries" in lines[0]
        assert lines[1].startswith("bob +AFORaefhioqrstv (founder)")
        ask(alice, "!who #nowhere", "is not registered in live")
        ask(alice, "!who #demo latest", r"#demo \(\w+ of ")
        ask(alice, "!blame dave", "→ .*account dave dropped")
        ask(alice, "!blame #demo", "nothing changed about #demo")


def test_a_long_answer_is_four_lines_in_the_channel_and_pages_in_private(stage: Stage) -> None:
    """<alice> !snapshots 50 / three / … the rest by notice / a page / !more / another / nothing waits."""
    engine = build_engine(load(stage.network.config))
    for _ in range(28):
        engine.back_up(reason="one of many", progress=RecordingProgress(), full=True, only=["services"])
    with somebody(stage, "alice", account="alice") as alice:
        lines = heard(alice, "!snapshots 50", "!more shows on")
        public = [line for line in lines if " PRIVMSG #opers :" in line]
        assert len(public) == 4
        assert public[3].endswith("… the rest goes to alice by notice")
        assert len(lines) == 4 + 12
        assert "… 16 more lines: !more shows on, for 10 minutes" in lines[-1]
        lines += heard(alice, "!more", "5 more lines: !more shows on")
        alice.say("#opers", "!more")
        lines += [alice.wait(r"^:BackupServ!\S+ NOTICE alice :") for _ in range(5)]
        told = {line.partition(" :")[2].split()[0] for line in lines if " accounts · " in line}
        assert told == {snapshot.tail for snapshot in engine.snapshots()}
        ask(alice, "!more", "nothing waits for you")


def test_what_to_do_on_the_worst_night_is_told_step_by_step_in_private(stage: Stage) -> None:
    """<alice> !runbook / (all of them, by notice) / !runbook services-db-lost / (steps with this network's names)."""
    with somebody(stage, "alice", account="alice") as alice:
        lines = heard(alice, "!runbook", "more lines: !more shows on")
        assert all(" NOTICE alice :" in line for line in lines)
        assert any("!runbook services-db-lost: " in line for line in lines)
        assert "docs/restore.md" in heard(alice, "!more", "docs/restore.md")[-1]
        steps = heard(alice, "!runbook services-db-lost", "the page for the review")
        assert any("do NOT start services (their pid is in services.pid) while services.db" in line for line in steps)
        assert any("→ !restore database of services" in line for line in steps)
        assert not any(str(stage.network.folder) in line for line in steps)
        ask(alice, "!runbook lunch", "there are: services-db-lost, one-nick")


def test_who_floods_is_told_once_and_others_are_served(stage: Stage) -> None:
    """A hundred requests in one breath: some are answered, the rest is counted, and carol hears at once."""
    with somebody(stage, "alice", account="alice") as alice, somebody(stage, "carol", account="carol") as carol:
        for _ in range(100):
            alice.say("#opers", "!jobs")
        began = time.monotonic()
        carol.say("#opers", "!keys")
        carol.wait("PRIVMSG #opers :age1", 10)
        assert time.monotonic() - began < 10
        told = alice.wait("too many at once", 30)
        assert re.search(r"NOTICE alice :too many at once: \d+ of your commands were left out", told)
        with pytest.raises(Unanswered):
            alice.wait("too many at once", 2)
        dropped = [entry for entry in audit(stage) if entry["event"] == "command dropped"]
        assert 1 <= len(dropped) <= 4
        ask(alice, "!status", "OK|LOOK")
