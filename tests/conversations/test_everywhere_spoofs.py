"""Ways to be taken for an oper, on every network: none is believed, and each is written down."""

import pytest

from bot.demo.person import Person
from tests.machine import until
from tests.stages.fixture import stage as _stage
from tests.stages.stage import Stage, identify
from tests.stages.talk import ask, code_in, hear, refused, silent

stage = _stage
pytestmark = [pytest.mark.lab]


@pytest.fixture(autouse=True, scope="module")
def _somebody_was_heard(stage: Stage) -> None:
    """The bot is there, and there is an audit trail."""
    with stage.somebody("alice", account="alice") as alice:
        ask(alice, "!backup now", "is new")


def _unheard(stage: Stage, person: Person, line: str) -> None:
    """<person> line / (nothing, not even in the audit trail: it is no command)."""
    before = len(stage.audit())
    person.send(line)
    silent(person)
    assert len(stage.audit()) == before


def test_a_private_command_is_looked_at_only_from_who_is_in_the_channel(stage: Stage) -> None:
    """<alice, outside> !status / (nothing) / (alice joins) / !status / OK …: of who is outside we see no change."""
    with stage.somebody("alice", account="alice") as alice:
        alice.send("PART #opers")
        alice.wait(" PART ")
        before = len(stage.audit("command refused"))
        alice.say("BackupServ", "!status")
        until(lambda: len(stage.audit("command refused")) > before, "it is refused")
        assert "not in the opers' channel" in stage.audit("command refused")[-1]["why"]
        silent(alice)
        alice.send("JOIN #opers")
        alice.wait(" 366 ")
        alice.say("BackupServ", "!status")
        hear(alice, "^(OK|LOOK) ")


@pytest.mark.parametrize(
    "line",
    [
        "NOTICE #opers :!status",
        "PRIVMSG #opers :\x01ACTION !status\x01",
        "NOTICE BackupServ :!status",
        "PRIVMSG #opers :alice: !status",
    ],
    ids=["notice", "action", "private notice", "quoted"],
)
def test_what_is_no_command_is_none(stage: Stage, line: str) -> None:
    with stage.somebody("alice", account="alice") as alice:
        _unheard(stage, alice, line)


def test_a_name_like_an_opers_is_a_name(stage: Stage) -> None:
    """A real name that reads like numeric 313, under a nick that folds like alice's on some networks."""
    with stage.somebody("mallory", oper=False) as mallory:
        assert "oper" in refused(stage, mallory, "!restore user dave")


def test_a_nick_that_an_oper_takes_right_after_the_line_does_not_lend_it_rights(stage: Stage) -> None:
    """<staff1> !restore …, and the nick goes to alice, an oper, before the bot has asked."""
    with stage.somebody("alice", account="alice") as alice, stage.somebody("staff1", oper=False) as mallory:
        before = len(stage.audit("command refused"))
        mallory.say("#opers", "!restore user dave")
        mallory.send("NICK nobody1")
        mallory.wait(" NICK ")
        alice.send("NICK staff1")
        until(lambda: len(stage.audit("command refused")) > before, "it is refused")
        assert stage.audit("command refused")[-1]["nick"] == "staff1"
        silent(alice)


def test_an_account_that_is_restored_under_somebody_proves_nothing_till_they_log_in_again(stage: Stage) -> None:
    """Carol's account is dropped and comes back. Who was logged in to it is told from who knows its password."""
    if stage.facts.name != "embedded":
        pytest.skip("Atheme does not drop an operator of it: test_who_really has this on InspIRCd")
    with stage.somebody("alice", account="alice") as alice, stage.somebody("carol2", account="carol") as carol:
        alice.say("NickServ", "FDROP carol")
        alice.wait("(?i)dropped")
        alice.say("OperServ", "UPDATE")
        alice.wait(r"^:OperServ!\S+ NOTICE ")
        code = code_in(ask(alice, "!restore user carol", r"!(confirm|approve) \w+"))
        ask(carol, f"!approve {code}", "approved")  # she is still logged in to what she had
        hear(alice, "DONE in .* account carol is back", 60)
        assert "account" in refused(stage, carol, "!restore user dave")
        identify(carol, "carol")
        ask(carol, "!status", "^(OK|LOOK) ")
