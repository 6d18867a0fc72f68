"""Every request, decision, agreement and result is in the audit trail, told as conversations with the real bot."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.demo.person import Person
from bot.demo.stage import Stage
from core.clock import SystemClock
from core.journal.file import FileJournal
from tests.conversations.test_authority import ask, audit, somebody, stays_silent
from tests.machine import until


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Stage(tmp_path_factory.mktemp("stage") / "network") as running:
        with somebody(running, "alice", account="alice") as alice:
            ask(alice, "!backup now", "is new")
            assert "dropped" in alice.ask("NickServ", "FDROP dave")
            alice.ask("OperServ", "UPDATE")
        yield running


def journal(stage: Stage) -> FileJournal:
    return FileJournal(Path(stage.network.folder) / "state" / "audit.jsonl", clock=SystemClock())


def since(stage: Stage, before: int) -> list[dict[str, Any]]:
    return audit(stage)[before:]


def noticed(person: Person, text: str, answer: str) -> str:
    person.say("#opers", text)
    return person.wait(rf"^:BackupServ!\S+ NOTICE {person.nick} :.*{answer}")


def test_one_id_ties_a_request_to_its_decision_its_plan_and_its_result(stage: Stage) -> None:
    with somebody(stage, "alice", account="alice") as alice:
        before = len(audit(stage))
        code = re.search(r"!confirm (\w+)", ask(alice, "!restore user dave", r"!confirm \w+"))
        assert code is not None
        ask(alice, f"!confirm {code[1]}", "DONE in .* account dave is back")
        until(lambda: sum(line["event"] == "command done" for line in since(stage, before)) == 2, "it is written down")
    asked, confirmed = _by_request(since(stage, before))
    assert [line["event"] for line in asked] == ["command obeyed", "plan offered", "command done"]
    assert [line["event"] for line in confirmed] == [
        "command obeyed",
        "plan confirmed",
        "restore begun",
        "restore done",
        "command done",
    ]
    assert (asked[0]["nick"], asked[0]["command"]) == ("alice", "!restore user dave")
    assert "account alice" in asked[0]["why"]
    assert {line["code"] for line in (asked[1], confirmed[1])} == {code[1]} == {confirmed[2]["id"], confirmed[3]["id"]}
    assert asked[1]["digest"] == confirmed[1]["digest"]
    assert asked[1]["until"] > asked[1]["at"][:19]
    assert {line["by"] for line in confirmed[1:]} == {"alice"}
    assert float(confirmed[-1]["seconds"]) > 0
    assert journal(stage).verify().ok


def _by_request(lines: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The lines of each request, the first request first."""
    found: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        if "request" in line:
            found.setdefault(line["request"], []).append(line)
    return list(found.values())


def test_what_was_refused_and_what_failed_is_there_too(stage: Stage) -> None:
    with somebody(stage, "mallory", account="bob") as mallory, somebody(stage, "alice", account="alice") as alice:
        before = len(audit(stage))
        stays_silent(mallory, "!restore user dave")
        ask(alice, "!restore user nobody-at-all", "is in none of")
        ask(alice, "!confirm ZZZZ", "no such plan is waiting")
        until(lambda: len(_by_request(since(stage, before))) == 3, "three requests are written down")
        until(lambda: since(stage, before)[-1]["event"] == "command failed", "the last one too")
    refused, lost, unknown = _by_request(since(stage, before))
    assert [(line["event"], line["nick"]) for line in refused] == [("command refused", "mallory")]
    assert refused[0]["command"] == "!restore user dave"
    assert [line["event"] for line in lost] == ["command obeyed", "command failed"]
    assert "nobody-at-all" in lost[1]["error"]
    assert "no such plan is waiting" in unknown[1]["error"]


def test_an_admin_reads_it_in_private(stage: Stage) -> None:
    """<alice> !audit 2 / -BackupServ- … ; and nobody else in the channel sees a line of it."""
    with somebody(stage, "alice", account="alice") as alice, somebody(stage, "carol", account="carol") as carol:
        ask(alice, "!snapshots", "ago")
        with somebody(stage, "mallory", account="bob") as mallory:
            stays_silent(mallory, "!status")
        noticed(alice, "!audit 3", "command (done|obeyed)")
        noticed(alice, "!audit MALLORY", "command refused .* nick mallory")
        noticed(alice, "!audit who-was-never-here", "nothing of that name")
        ask(alice, "!audit 99", "usage: !audit .N.NICK.")
        noticed(alice, "!audit verify", r"every line is as it was written · audit head [0-9a-f]{64} after [\d,]+ lines")
        head = journal(stage).head().digest
        noticed(alice, f"!audit verify {head[:20]}", "every line is as it was written")
        ask(alice, "!audit verify 1234", "usage: !audit verify")
        ask(alice, f"!audit verify {'ab' * 32}", "THE AUDIT TRAIL IS BROKEN: audit.jsonl line .*cut off")
        carol.say("#opers", "!snapshots")
        heard = carol.hear("BackupServ")
        assert "command" not in heard


def test_start_stop_and_connection_are_there(stage: Stage) -> None:
    events = [line["event"] for line in audit(stage)]
    assert {"bot started", "irc connected", "irc joined"} <= set(events)
    assert events.index("bot started") < events.index("irc joined")


def test_the_head_is_posted_once_a_day_and_is_the_one_of_the_file(stage: Stage) -> None:
    """At the first start somebody hears it at once; the line after it says which it was."""
    (posted,) = [line for line in audit(stage) if line["event"] == "head posted"]
    assert journal(stage).verify(posted["head"]).ok
    assert int(posted["lines"]) < int(posted["seq"])


def test_no_secret_is_in_it(stage: Stage) -> None:
    text = (Path(stage.network.folder) / "state" / "audit.jsonl").read_text()
    with somebody(stage, "alice", account="alice") as alice:
        ask(alice, "!status", "snapshot")
    assert not re.search(r"password|\$argon2|@[\w-]+\.test|127\.0\.0\.1", text)


def test_a_broken_trail_is_told_when_the_bot_starts_and_a_torn_line_is_not_broken(tmp_path: Path) -> None:
    """(the bot is killed while it writes) / (it starts) / (somebody changes a line) / <BackupServ> … IS BROKEN."""
    with Stage(tmp_path / "network") as stage:
        trail = Path(stage.network.folder) / "state" / "audit.jsonl"
        with somebody(stage, "alice", account="alice") as alice:
            until(lambda: b"head posted" in trail.read_bytes(), "it has begun")
            stage.kill_bot()
            trail.write_bytes(trail.read_bytes()[:-20])
            stage.start_bot()
            noticed(alice, "!audit verify", "every line is as it was written")
            assert "torn by a crash" in alice.hear("BackupServ")
            stage.kill_bot()
            lines = trail.read_bytes().splitlines(keepends=True)
            trail.write_bytes(b"".join([lines[0], lines[1].replace(b"irc", b"iRC"), *lines[2:]]))
            stage.start_bot()
            alice.wait(r"PRIVMSG #opers :THE AUDIT TRAIL IS BROKEN: audit\.jsonl line 2: changed")
            ask(alice, "!audit verify", "THE AUDIT TRAIL IS BROKEN: audit.jsonl line 2: changed")
