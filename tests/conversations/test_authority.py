"""Who is obeyed, told as conversations with the real bot on the demo's network."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.demo.network import OPER_PASSWORD, PASSWORDS
from bot.demo.person import Person, Unanswered
from bot.demo.stage import Stage
from tests.audit_file import audit_lines
from tests.machine import until


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """With one snapshot, so that `!status` is one line."""
    with Stage(tmp_path_factory.mktemp("stage") / "network") as running:
        with somebody(running, "alice", account="alice") as alice:
            ask(alice, "!backup now", "is new")
        yield running


@contextmanager
def somebody(stage: Stage, nick: str, *, account: str = "", oper: bool = True) -> Iterator[Person]:
    """<nick> in #opers, identified and an operator if asked for."""
    person = Person(nick, stage.network.port, stage.network.tls / "ca.pem")
    try:
        if account:
            assert "identified" in person.ask("NickServ", f"IDENTIFY {account} {PASSWORDS[account]}")
        if oper:
            person.send(f"OPER alice {OPER_PASSWORD}")
            person.wait(" 381 ")
        person.send("JOIN #opers")
        person.wait(" 366 ")
        yield person
    finally:
        person.leave()
        until(lambda: not stage.ircd.has(nick), f"{nick} is gone")  # or the next one hears that the nick is taken


def ask(person: Person, text: str, answer: str) -> str:
    """<person> text / <BackupServ> … answer …, in the channel."""
    person.catch_up()
    person.say("#opers", text)
    for _ in range(10):
        heard = person.hear("BackupServ")
        if re.search(answer, heard):
            return heard
    raise AssertionError(f"{text} was not answered with {answer}")


def stays_silent(person: Person, text: str, seconds: float = 2.5) -> None:
    """<person> text / (nothing)."""
    person.catch_up()
    person.say("#opers", text)
    with pytest.raises(Unanswered):
        person.hear("BackupServ", seconds)


def audit(stage: Stage) -> list[dict[str, str]]:
    return audit_lines(Path(stage.network.folder) / "state")


def test_an_oper_with_a_listed_account_is_answered_within_two_seconds(stage: Stage) -> None:
    with somebody(stage, "alice", account="alice") as alice:
        alice.say("#opers", "!help")
        assert "!status" in alice.hear("BackupServ", 2)
        ask(alice, "!help restore", r"from WHEN\|ID")
        ask(alice, "!bakup now", r"did you mean !backup now")
        ask(alice, "!restore user", "usage: !restore user NICK")


def test_a_private_question_is_answered_in_private(stage: Stage) -> None:
    with somebody(stage, "alice", account="alice") as alice:
        alice.say("BackupServ", "!status")
        line = alice.wait(r"^:BackupServ!\S+ NOTICE alice :")
        assert re.search(r"(OK|LOOK) ", line)


@pytest.mark.parametrize(
    ("nick", "account", "oper", "why"),
    [
        ("alice", "", True, "account not listed"),
        ("alice", "alice", False, "not an IRC operator"),
        ("mallory", "bob", True, "account not listed"),
    ],
    ids=["the nick alone", "no operator", "another account"],
)
def test_anybody_else_hears_nothing_and_is_written_down(
    stage: Stage, nick: str, account: str, *, oper: bool, why: str
) -> None:
    before = len(audit(stage))
    with somebody(stage, nick, account=account, oper=oper) as person:
        stays_silent(person, "!restore user bob")
    new = [entry for entry in audit(stage)[before:] if entry["event"] == "command refused"]
    assert len(new) == 1
    assert new[0]["nick"] == nick
    assert why in new[0]["why"]


def test_rights_that_are_lost_between_plan_and_confirmation_are_lost(stage: Stage) -> None:
    """<alice> !restore user … / PLAN / (alice loses OPER) / <alice> !confirm … / (nothing, and nothing is done)."""
    with somebody(stage, "alice", account="alice") as alice:
        code = _plan(alice)
        before = stage.network.database.read_bytes()
        stage.ircd.deoper("alice")
        stays_silent(alice, f"!confirm {code}")
        assert stage.network.database.read_bytes() == before


def test_a_code_serves_who_asked_and_once(stage: Stage) -> None:
    with somebody(stage, "alice", account="alice") as alice, somebody(stage, "carol", account="carol") as carol:
        code = _plan(alice)
        ask(carol, f"!confirm {code}", "was asked for by alice")
        ask(carol, "!confirm ZZZZ", "no such plan is waiting")
        ask(alice, f"!confirm {code}", "DONE in .* account dave is back")
        ask(alice, f"!confirm {code}", "no such plan is waiting")
        ask(alice, "!restore user dave", "account dave exists now")


def _plan(alice: Person) -> str:
    """Dave was saved, and is dropped; the plan to bring him back."""
    if "not registered" not in alice.ask("NickServ", "INFO dave"):
        ask(alice, "!backup now", "snapshot")
        assert "dropped" in alice.ask("NickServ", "FDROP dave")
    plan = ask(alice, "!restore user dave", r"!confirm \w+")
    found = re.search(r"!confirm (\w+)", plan)
    assert found is not None
    return found[1]


def test_who_asks_for_what_is_not_there_is_told_so(stage: Stage) -> None:
    with somebody(stage, "alice", account="alice") as alice:
        ask(alice, "!backup now", "snapshot")
        ask(alice, "!restore user nobody-at-all", "is in none of")
        ask(alice, "!restore user bob from 2019-01-01", "the first is")
        ask(alice, "!verify zzzzzz", "no snapshot")
        ask(alice, "!snapshots", "ago")
