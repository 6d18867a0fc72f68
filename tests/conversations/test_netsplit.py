"""Two linked InspIRCds with Atheme; the bot is on one, alice on the other, and the link between them is cut."""

from collections.abc import Iterator

import pytest

from bot.demo.person import Person
from tests.conftest import require
from tests.stages.linked import Cut, LinkedStage, linked
from tests.stages.talk import ask, code_in, refused

pytestmark = [pytest.mark.lab]
HOW = pytest.mark.parametrize(("how", "lost"), [("squit", "dave"), ("reset", "erin")])


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LinkedStage]:
    require("inspircd", "atheme-services")
    with linked(tmp_path_factory.mktemp("linked")) as running:
        with running.near.somebody("alice", account="alice") as alice:
            ask(alice, "!backup now", "is new")
            for name in ("dave", "erin"):
                alice.say("NickServ", f"FDROP {name}")
                alice.wait("(?i)dropped")
            alice.say("OperServ", "UPDATE")
            alice.wait(r"^:OperServ!\S+ NOTICE ")
        yield running


def test_an_oper_on_another_server_is_obeyed(network: LinkedStage) -> None:
    with network.near.somebody("alice", account="alice", port=network.far_port) as alice:
        ask(alice, "!status", "^(OK|LOOK) ")


@HOW
def test_who_takes_a_nick_from_beyond_a_split_is_not_its_owner_and_the_owner_still_is(
    network: LinkedStage, how: Cut, lost: str
) -> None:
    """Same nick, user and host, and an operator, so the merge leaves the nick to the thief: the account decides."""
    near = network.near
    with near.somebody("alice", account="alice", port=network.far_port) as alice:
        code = code_in(ask(alice, f"!restore user {lost}", r"!confirm \w+"))
        before = near.database.read_bytes()
        network.cut(how)
        with near.somebody("alice") as mallory:
            assert "account" in refused(near, mallory, f"!confirm {code}")
            network.merge()
            assert (_nick_now(mallory), _nick_now(alice)) != ("alice", "alice")
            mallory.nick = _nick_now(mallory)
            refused(near, mallory, f"!confirm {code}")
            assert near.database.read_bytes() == before
        ask(alice, f"!confirm {code}", f"DONE in .* account {lost} is back", 40)


@HOW
def test_two_who_approve_on_both_sides_of_a_split_are_heard_once(network: LinkedStage, how: Cut, lost: str) -> None:
    """<carol> !approve … beyond the split, and again after it: the first is not heard, the second is late."""
    near, there = network.near, network.far_port
    with (
        near.somebody("alice", account="alice") as alice,
        near.somebody("carol", account="carol") as carol,
        near.somebody("carol2", account="carol", port=there) as twin,
    ):
        code = code_in(ask(alice, f"!restore user bob as bob-{lost}", r"!approve \w+"))
        network.cut(how)
        twin.say("#opers", f"!approve {code}")
        ask(carol, f"!approve {code}", "DONE in", 40)
        network.merge()
        ask(twin, f"!approve {code}", "no such plan is waiting")
        assert [line["by"] for line in near.audit("plan approved") if line["code"] == code] == ["carol"]


def test_who_asked_and_is_lost_behind_a_split_has_no_plan(network: LinkedStage) -> None:
    """Carol approves what alice asked for, but nobody on this side can say whether alice may still."""
    near = network.near
    with (
        near.somebody("alice", account="alice", port=network.far_port) as alice,
        near.somebody("carol", account="carol") as carol,
    ):
        code = code_in(ask(alice, "!restore user bob as bob3", r"!approve \w+"))
        before = near.database.read_bytes()
        network.cut("reset")
        ask(carol, f"!approve {code}", "nobody vouches now for alice, who asked for plan")
        assert near.database.read_bytes() == before
        network.merge()
        ask(carol, f"!approve {code}", "nobody vouches now for alice, who asked for plan")


def _nick_now(person: Person) -> str:
    """Whom the server says that somebody is: after a collision one of them was renamed."""
    person.send("ISON nobody")
    return person.wait(" 303 ").split(" ")[2]
