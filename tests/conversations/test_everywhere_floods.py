"""Much is said at once, to a bot whom no server exempts from anything: nobody else waits long, and it is not killed."""

import re
import time

import pytest

from bot.demo.person import Person
from tests.machine import until
from tests.stages.fixture import strict_stage
from tests.stages.stage import Stage
from tests.stages.talk import ask, code_in, lose

stage = strict_stage
pytestmark = [pytest.mark.lab]


def _plan(oper: Person) -> str:
    return code_in(ask(oper, "!restore user bob", r"!approve \w+", 30))


@pytest.fixture(autouse=True, scope="module")
def _bob_is_lost(stage: Stage) -> None:
    with stage.somebody("alice", account="alice") as alice:
        lose(alice, "bob")


def test_a_hundred_requests_in_one_packet_delay_nobody_else_for_long(stage: Stage) -> None:
    """<alice> !status, a hundred times / <carol> !status / (carol is answered, and alice again afterwards)."""
    with stage.somebody("alice", account="alice") as alice, stage.somebody("carol", account="carol") as carol:
        began = len(stage.log)
        alice.send("\r\n".join(["PRIVMSG #opers :!status"] * 100))
        carol.catch_up()
        carol.say("BackupServ", "!status")
        carol.wait(r"^:BackupServ!\S+ NOTICE carol :(OK|LOOK) ", 20)
        alice.wait(r"NOTICE alice :too many at once: \d+ of your commands were left out", 60)
        ask(alice, "!snapshots", "ago", 30)
        _lived(stage, began)


def test_a_hundred_lists_in_one_packet_do_not_kill_the_bot(stage: Stage) -> None:
    """Each is a page; together more than any server lets anybody say at once."""
    with stage.somebody("alice", account="alice") as alice, stage.somebody("carol", account="carol") as carol:
        code = _plan(carol)
        began = len(stage.log)
        carol.send("\r\n".join([f"PRIVMSG BackupServ :!show {code}"] * 100))
        until(lambda: _count(stage, f"!show {code}") > 0, "the flood has begun")
        _is_answered(stage, alice)
        carol.wait(rf"^:BackupServ!\S+ NOTICE carol :PLAN {code} ", 20)
        time.sleep(5)  # a server that minds kills who it reads too much from
        _is_answered(stage, alice)
        _lived(stage, began)


def _is_answered(stage: Stage, oper: Person) -> None:
    """<oper> !status / OK … within 20 s.

    A server that is itself too busy to say in time who she is, is the one excuse, which the audit trail has: she is
    nobody then, and asks again.
    """
    for _ in range(3):
        before = len(stage.audit("command refused"))
        try:
            ask(oper, "!status", "^(OK|LOOK) ", 20)
        except AssertionError:
            why = [line["why"] for line in stage.audit("command refused")[before:] if line["nick"] == oper.nick]
            assert why == ["the server did not answer in time"], why
        else:
            return
    raise AssertionError(f"{oper.nick} was not answered, three times")


def _count(stage: Stage, command: str) -> int:
    return sum(line["command"] == command for line in stage.audit("command obeyed"))


def _lived(stage: Stage, began: int) -> None:
    """The same process, on the same connection."""
    assert stage.is_running()
    assert not re.search("Disconnected|Traceback", stage.log[began:]), stage.log[began:]
