"""Who is obeyed, on every network: the demo's own server, InspIRCd and ngIRCd with Atheme."""

import pytest

from bot.demo.person import Person
from tests.stages.fixture import stage as _stage
from tests.stages.stage import Stage, identify
from tests.stages.talk import ask, code_in, refused

stage = _stage
pytestmark = [pytest.mark.lab]


@pytest.fixture(autouse=True, scope="module")
def _two_are_lost(stage: Stage) -> None:
    """Saved, and then dropped by mistake."""
    with stage.somebody("alice", account="alice") as alice:
        ask(alice, "!backup now", "is new")
        for name in ("bob", "dave"):
            alice.say("NickServ", f"FDROP {name}")
            alice.wait("(?i)dropped")
        alice.say("OperServ", "UPDATE")
        alice.wait(r"^:OperServ!\S+ NOTICE ")


def _plan(alice: Person) -> str:
    return code_in(ask(alice, "!restore user dave", r"!confirm \w+"))


def test_an_oper_with_a_listed_account_is_answered(stage: Stage) -> None:
    with stage.somebody("alice", account="alice") as alice:
        ask(alice, "!status", "^(OK|LOOK) ", 3)
        ask(alice, "!restore user nobody-at-all", "is in none of")


def test_the_nick_does_not_matter_and_the_account_does(stage: Stage) -> None:
    with stage.somebody("nobody", account="carol") as carol:
        ask(carol, "!status", "^(OK|LOOK) ")


@pytest.mark.parametrize(
    ("nick", "account", "oper"),
    [("alice", "", True), ("alice", "alice", False), ("mallory", "BackupServ", True)],
    ids=["the nick alone", "no operator", "another account"],
)
def test_anybody_else_hears_nothing_and_is_written_down(stage: Stage, nick: str, account: str, *, oper: bool) -> None:
    with stage.somebody(nick, account=account, oper=oper) as person:
        why = refused(stage, person, "!restore user dave")
    assert ("oper" if not oper else "account") in why


def test_an_oper_who_lost_oper_between_plan_and_confirmation_is_not_obeyed(stage: Stage) -> None:
    with stage.somebody("alice", account="alice") as alice:
        code = _plan(alice)
        before = stage.database.read_bytes()
        alice.send("MODE alice -o")
        alice.wait(r" MODE alice :?-o")
        assert "oper" in refused(stage, alice, f"!confirm {code}")
        assert stage.database.read_bytes() == before


def test_an_account_that_is_left_between_plan_and_confirmation_is_left(stage: Stage) -> None:
    """<alice> !restore … / PLAN / (alice logs out) / <alice> !confirm … / (nothing)."""
    with stage.somebody("alice", account="alice") as alice:
        code = _plan(alice)
        before = stage.database.read_bytes()
        alice.say("NickServ", "LOGOUT")
        alice.wait(r"^:NickServ!\S+ NOTICE .*logged out")
        assert "account" in refused(stage, alice, f"!confirm {code}")
        identify(alice, "carol")
        ask(alice, f"!confirm {code}", "was asked for by alice")
        assert stage.database.read_bytes() == before


def test_a_nick_that_was_stolen_between_plan_and_confirmation_is_only_a_nick(stage: Stage) -> None:
    """Mallory is an oper too, and takes alice's nick when she is away from it; what alice asked for stays hers."""
    with stage.somebody("alice", account="alice") as alice, stage.somebody("mallory", account="BackupServ") as mallory:
        code = _plan(alice)
        before = stage.database.read_bytes()
        _rename(alice, "alice_")
        _rename(mallory, "alice")
        refused(stage, mallory, f"!confirm {code}")
        assert stage.database.read_bytes() == before


def test_with_services_killed_those_who_are_logged_in_go_on_and_nobody_new_comes(stage: Stage) -> None:
    with stage.somebody("alice", account="alice") as alice:
        stage.kill_services()
        try:
            ask(alice, "!status", "^(OK|LOOK) ")
            with stage.somebody("carol") as carol:
                assert "account" in refused(stage, carol, "!status")
        finally:
            stage.start_services()
    with stage.somebody("carol", account="carol") as carol:
        ask(carol, "!status", "^(OK|LOOK) ")


def test_what_was_agreed_to_is_done_once(stage: Stage) -> None:
    with stage.somebody("alice", account="alice") as alice:
        code = _plan(alice)
        ask(alice, f"!confirm {code}", "DONE in .* account dave is back", 40)
        ask(alice, f"!confirm {code}", "no such plan is waiting")


def test_a_bot_that_an_oper_kills_by_mistake_is_back_and_knows_what_was_planned(stage: Stage) -> None:
    with stage.somebody("alice", account="alice") as alice:
        ask(alice, "!backup now", "snapshot|nothing")
        code = code_in(ask(alice, "!restore user dave as dave2", r"!confirm \w+"))
        alice.send("KILL BackupServ :wrong window")
        alice.wait("^:BackupServ!.* QUIT ")
        alice.wait("^:BackupServ!.* JOIN ")
        alice.say("#opers", f"!show {code}")
        alice.wait(rf"^:BackupServ!\S+ NOTICE alice :PLAN {code}")


def test_a_bot_whose_machine_died_has_forgotten_its_plans(stage: Stage) -> None:
    with stage.somebody("alice", account="alice") as alice:
        code = code_in(ask(alice, "!restore user dave as dave2", r"!confirm \w+"))
        stage.kill_bot()
        stage.start_bot()
        ask(alice, f"!confirm {code}", "no such plan is waiting")


def test_what_gives_power_back_takes_two_people(stage: Stage) -> None:
    """Bob founded a channel: alice asks, cannot agree with herself under any nick, and carol can."""
    with stage.somebody("alice", account="alice") as alice, stage.somebody("carol", account="carol") as carol:
        code = code_in(ask(alice, "!restore user bob", r"!approve \w+"))
        ask(alice, f"!confirm {code}", "needs a second oper")
        ask(alice, f"!approve {code}", "somebody else approves it")
        _rename(alice, "alicia")
        ask(alice, f"!approve {code}", "somebody else approves it")
        assert "account" in _refused_stranger(stage, code)
        before = stage.database.read_bytes()
        ask(carol, f"!deny {code} not now", "is denied by carol")
        ask(carol, f"!approve {code}", "no such plan is waiting")
        assert stage.database.read_bytes() == before


def test_the_plan_of_an_oper_who_lost_oper_meanwhile_is_nobodys(stage: Stage) -> None:
    """The second person agrees, but the server vouches no longer for the first."""
    with stage.somebody("alice", account="alice") as alice, stage.somebody("carol", account="carol") as carol:
        code = code_in(ask(alice, "!restore user bob", r"!approve \w+"))
        before = stage.database.read_bytes()
        alice.send("MODE alice -o")
        alice.wait(r" MODE alice :?-o")
        ask(carol, f"!approve {code}", "nobody vouches now for alice, who asked for plan")
        assert stage.database.read_bytes() == before


def test_a_second_person_agrees_and_it_is_done(stage: Stage) -> None:
    with stage.somebody("alice", account="alice") as alice, stage.somebody("carol", account="carol") as carol:
        code = code_in(ask(alice, "!restore user bob", r"!approve \w+"))
        ask(carol, f"!approve {code}", "DONE in .* account bob is back", 40)
        ask(carol, f"!approve {code}", "no such plan is waiting")


def _refused_stranger(stage: Stage, code: str) -> str:
    with stage.somebody("mallory", account="BackupServ") as mallory:
        return refused(stage, mallory, f"!approve {code}")


def _rename(person: Person, nick: str) -> None:
    person.send(f"NICK {nick}")
    person.wait(rf" NICK :?{nick}$")
    person.nick = nick


def test_an_emergency_is_said_to_each_oper_who_is_there_and_to_nobody_else(stage: Stage) -> None:
    """<alice> !notify emergency … / (a notice to alice and carol; none to an oper who is unknown, none to aaron)."""
    with (
        stage.somebody("alice", account="alice") as alice,
        stage.somebody("carol", account="carol") as carol,
        stage.somebody("aaron", oper=False) as aaron,
        stage.somebody("abel") as abel,
    ):
        alice.say("#opers", "!notify emergency the roof burns")
        alice.wait(r"NOTICE alice :EMERGENCY the roof burns \(alice\)")
        carol.wait(r"NOTICE carol :EMERGENCY the roof burns \(alice\)")  # the last of them: they are asked by name
        alice.say("#opers", "!notify error only smoke")
        for person in (aaron, abel):
            said = _until(person, "ERROR only smoke")
            assert sum("PRIVMSG #opers :EMERGENCY" in line for line in said) == 1
            assert not any(f"NOTICE {person.nick} :EMERGENCY" in line for line in said)


def _until(person: Person, last: str) -> list[str]:
    """Everything that the bot said, up to that."""
    said: list[str] = []
    while not said or last not in said[-1]:
        said.append(person.wait("^:BackupServ!"))
    return said
