"""Roles, and the door that closes, told as conversations with the real bot on the demo's network."""

from collections.abc import Iterator

import pytest

from bot.demo.person import Person
from bot.demo.stage import Stage
from tests.conversations.test_authority import ask, audit, somebody, stays_silent
from tests.machine import until

_PEOPLE = """
[access.people.dave]
account = "bob"
roles = ["approve"]
"""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Bob's account is dave's in the configuration, who may only approve; any oper may look."""
    place = Stage(tmp_path_factory.mktemp("stage") / "network")
    with place.network.config.open("a") as config:
        config.write(f'any_oper = ["view"]\n{_PEOPLE}')
    with place as running:
        yield running


def _why(stage: Stage) -> str:
    return [line for line in audit(stage) if line["event"] == "command refused"][-1]["why"]


def test_any_oper_may_look_and_no_more(stage: Stage) -> None:
    with somebody(stage, "mallory") as mallory:
        ask(mallory, "!status", "^(OK|LOOK) ")
        ask(mallory, "!backup now", "needs the role backup")
        assert _why(stage) == "oper, without the role backup"
        ask(mallory, "!restore user bob", "needs the role restore")


def test_a_look_at_somebody_is_remembered_for_looks_alone(stage: Stage) -> None:
    """<alice> !status (asked) / (loses OPER) / !status (remembered) / !backup now (asked anew: nothing)."""
    with somebody(stage, "alice", account="alice") as alice:
        ask(alice, "!status", "^(OK|LOOK) ")
        stage.ircd.deoper("alice")
        ask(alice, "!status", "^(OK|LOOK) ")
        stays_silent(alice, "!backup now")
        until(lambda: "not an IRC operator" in _why(stage), "she is refused")


def test_who_may_approve_may_not_ask(stage: Stage) -> None:
    with somebody(stage, "bob", account="bob") as dave:
        ask(dave, "!restore user erin", "needs the role restore")
        ask(dave, "!approve ZZZZ", "no such plan is waiting")
        assert [line for line in audit(stage) if line["event"] == "command obeyed"][-1]["why"] == "account bob, oper"


def test_who_is_refused_three_times_is_not_listened_to_and_everybody_hears_it(stage: Stage) -> None:
    """The third refusal closes the door, also for what was right before; others are heard as ever."""
    with somebody(stage, "carol", account="carol") as carol, somebody(stage, "eve", oper=False) as eve:
        carol.catch_up()
        for _ in range(3):
            eve.say("#opers", "!backup now")
        carol.wait(r"PRIVMSG #opers :eve was refused 3 times and is not listened to for 30 minutes")
        before = len(audit(stage))
        _become_alice(eve)
        stays_silent(eve, "!status")
        assert not [line for line in audit(stage)[before:] if line.get("nick") == "eve"], "not even written down"
        ask(carol, "!status", "^(OK|LOOK) ")
        assert "command ignored" in {line["event"] for line in audit(stage)}


def _become_alice(person: Person) -> None:
    assert "identified" in person.ask("NickServ", "IDENTIFY alice wonderland")
    person.send("OPER alice let-me-oper")
    person.wait(" 381 ")
