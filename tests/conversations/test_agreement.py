"""Who agrees to what, told as conversations with the real bot on the demo's network."""

import re
import threading
from collections.abc import Iterator

import pytest

from bot.demo.person import Person
from bot.demo.stage import Stage
from tests.conversations.test_authority import ask, audit, somebody, stays_silent

_PLAN = r"Needs a second oper\. !approve \w+ within 5m, !show \w+ for all of it"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Bob, who founds a channel, was saved and then dropped. Alice breaks glass."""
    place = Stage(tmp_path_factory.mktemp("stage") / "network")
    text = place.network.config.read_text()
    place.network.config.write_text(text + 'break_glass = ["alice"]\n')
    with place as running:
        with somebody(running, "alice", account="alice") as alice:
            ask(alice, "!backup now", "is new")
            _drop_bob(alice)
        yield running


def _drop_bob(oper: Person) -> None:
    assert "dropped" in oper.ask("NickServ", "FDROP bob")
    oper.ask("OperServ", "UPDATE")


def _plan(oper: Person) -> str:
    """The code of a plan that gives power back."""
    found = re.search(r"!approve (\w+)", ask(oper, "!restore user bob", _PLAN))
    assert found is not None
    return found[1]


def _is_there(oper: Person) -> bool:
    return "not registered" not in oper.ask("NickServ", "INFO bob")


def test_what_gives_power_back_takes_a_second_oper(stage: Stage) -> None:
    """<alice> !restore user bob / PLAN … Needs a second oper / <alice> !approve (no) / <carol> !approve … / DONE."""
    with somebody(stage, "alice", account="alice") as alice, somebody(stage, "carol", account="carol") as carol:
        code = _plan(alice)
        ask(alice, f"!confirm {code}", "needs a second oper .gives power back.: !approve .*by somebody else than alice")
        ask(alice, f"!approve {code}", "you asked for plan .* yourself")
        assert not _is_there(alice)
        ask(carol, "!plans", rf"{code} until \d\d:\d\d:\d\dZ · restore account bob .*needs a second oper")
        ask(carol, f"!approve {code}", f"{code} of alice is approved by carol")
        carol.wait("DONE in .* account bob is back")
        ask(carol, f"!approve {code}", "no such plan is waiting")
        ask(carol, "!plans", "no plan is waiting")
        assert _is_there(alice)
        assert ("plan approved", "alice", "carol") in [
            (line["event"], line["asked_by"], line["by"]) for line in audit(stage) if line["event"].startswith("plan ")
        ]
        _drop_bob(alice)


def test_one_person_under_two_nicks_is_one_person(stage: Stage) -> None:
    with somebody(stage, "alice", account="alice") as alice, somebody(stage, "alice2", account="alice") as other:
        code = _plan(alice)
        ask(other, f"!approve {code}", "yourself")
        assert not _is_there(alice)
        ask(other, f"!deny {code}", "is denied by alice")


def test_a_plan_is_denied_with_a_reason_and_is_dead(stage: Stage) -> None:
    with somebody(stage, "alice", account="alice") as alice, somebody(stage, "carol", account="carol") as carol:
        code = _plan(alice)
        ask(carol, f"!deny {code.lower()} wrong day", f"{code} of alice is denied by carol; nothing was changed")
        ask(carol, f"!approve {code}", "no such plan is waiting")
        (denied,) = [line for line in audit(stage) if line["event"] == "plan denied" and line["code"] == code]
        assert denied["reason"] == "wrong day"
        ask(alice, f"!deny {_plan(alice)}", "denied by alice")
        ask(alice, "!deny", "usage: !deny CODE")


def test_a_plan_that_was_asked_for_in_private_is_announced(stage: Stage) -> None:
    """Everybody sees what a second oper is to agree to, also what alice asks for by message."""
    with somebody(stage, "alice", account="alice") as alice, somebody(stage, "carol", account="carol") as carol:
        carol.catch_up()
        alice.say("BackupServ", "!restore user bob")
        carol.wait(r"PRIVMSG #opers :PLAN \w+ restore account bob")
        code = re.search(r"!approve (\w+)", carol.wait(r"PRIVMSG #opers :.*Needs a second oper"))
        alice.wait(r"PRIVMSG #opers :.*Needs a second oper")
        assert code
        carol.say("BackupServ", f"!approve {code[1]}")
        alice.wait(r"PRIVMSG #opers :\w+ of alice is approved by carol")
        alice.wait(r"PRIVMSG #opers :.*DONE in .* account bob is back")
        _drop_bob(alice)


def test_a_plan_is_nothing_without_the_rights_of_who_asked(stage: Stage) -> None:
    """<alice> !restore / PLAN / (alice loses OPER) / <carol> !approve / is not carried out."""
    with somebody(stage, "alice", account="alice") as alice, somebody(stage, "carol", account="carol") as carol:
        code = _plan(alice)
        stage.ircd.deoper("alice")
        ask(carol, f"!approve {code}", "nobody vouches now for alice, who asked for plan .*: it is not carried out")
        ask(carol, f"!deny {code}", "is denied by carol")
        assert not _is_there(carol)


def test_two_who_approve_at_once_are_heard_once(stage: Stage) -> None:
    """Two lines in one packet, from two connections: it is carried out exactly once."""
    with (
        somebody(stage, "alice", account="alice") as alice,
        somebody(stage, "carol", account="carol") as carol,
        somebody(stage, "carol2", account="carol") as twin,
    ):
        code = _plan(alice)
        lines = f"PRIVMSG #opers :!approve {code}\r\nPRIVMSG #opers :!approve {code}"
        both = [threading.Thread(target=who.send, args=(lines,)) for who in (carol, twin)]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
        alice.wait("DONE in .* account bob is back")
        ask(alice, f"!approve {code}", "no such plan is waiting")
        done = [line for line in audit(stage) if line["event"] == "plan approved" and line["code"] == code]
        assert len(done) == 1
        _drop_bob(alice)


def test_glass_is_broken_loudly_by_whom_the_configuration_names(stage: Stage) -> None:
    with somebody(stage, "alice", account="alice") as alice, somebody(stage, "carol", account="carol") as carol:
        code = _plan(alice)
        ask(carol, f"!break-glass {code} because", "does not name you")
        ask(alice, f"!break-glass {code}", "usage: !break-glass CODE REASON")
        carol.catch_up()
        alice.say("BackupServ", f"!break-glass {code} nobody is awake")
        carol.wait(rf"PRIVMSG #opers :GLASS BROKEN by alice for plan {code}: .*Reason: nobody is awake")
        carol.wait("PRIVMSG #opers :.*DONE in .* account bob is back")
        (broken,) = [line for line in audit(stage) if line["event"] == "plan glass broken"]
        assert broken["reason"] == "nobody is awake"
        ask(carol, "!status", rf"glass broken \d+s ago by alice \(plan {code}: restore account bob")
        _drop_bob(alice)


def test_an_approval_by_nobody_in_particular_is_not_heard(stage: Stage) -> None:
    with somebody(stage, "alice", account="alice") as alice, somebody(stage, "mallory") as mallory:
        code = _plan(alice)
        stays_silent(mallory, f"!approve {code}")
        assert not _is_there(alice)
