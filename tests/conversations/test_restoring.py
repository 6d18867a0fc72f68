"""A plan is looked at, carried out and taken back, told as conversations with the real bot on the demo's network."""

import re
from collections.abc import Iterator

import pytest

from bot.demo.person import Person
from bot.demo.stage import Stage
from tests.conversations.test_authority import ask, somebody


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Bob was saved, and then dropped by mistake."""
    with Stage(tmp_path_factory.mktemp("stage") / "network") as running:
        with somebody(running, "alice", account="alice") as alice:
            ask(alice, "!backup now", "is new")
            assert "dropped" in alice.ask("NickServ", "FDROP bob")
            alice.ask("OperServ", "UPDATE")
        yield running


def code_of(line: str) -> str:
    found = re.search(r"!(?:confirm|approve) (\w+)", line)
    assert found is not None, line
    return found[1]


def lines_of(person: Person, text: str, last: str) -> list[str]:
    """Everything that is said in the channel, until the line that is the last."""
    person.catch_up()
    person.say("#opers", text)
    heard: list[str] = []
    while not heard or not re.search(last, heard[-1]):
        heard.append(person.hear("BackupServ"))
    return heard


def test_a_plan_has_four_lines_and_all_of_it_comes_in_private(stage: Stage) -> None:
    """<alice> !restore user bob / PLAN … / <alice> !show CODE / -BackupServ- one thought a line."""
    with somebody(stage, "alice", account="alice") as alice:
        plan = lines_of(alice, "!restore user bob founded", r"!approve \w+")
        assert len(plan) <= 4
        assert all(len(line.encode()) < 450 for line in plan)
        code = code_of(plan[-1])
        assert f"!show {code} for all of it" in plan[-1]
        alice.say("#opers", f"!show {code.lower()}")
        private = r"^:BackupServ!\S+ NOTICE alice :"
        assert code in alice.wait(private + "PLAN ")
        assert "account (registered" in alice.wait(private + r"\+ account")
        alice.wait(private + "· note: the password is the one of the snapshot")
        ask(alice, "!show ZZZZ", "no such plan is waiting")


def test_a_restore_is_undone_by_its_code_and_the_undo_by_its_own(stage: Stage) -> None:
    with somebody(stage, "alice", account="alice") as alice, somebody(stage, "carol", account="carol") as carol:
        code = code_of(ask(alice, "!restore user bob", r"!approve \w+"))
        ask(carol, f"!approve {code}", "DONE")
        done = alice.wait("DONE")
        assert re.search(rf"DONE in .*s: account bob is back · !undo {code} until \d\d \w\w\w", done), done
        undo = lines_of(alice, f"!undo {code}", r"!confirm \w+")
        assert undo[0].startswith("PLAN ")
        assert f"undo {code}: account bob, restored by alice, approved by carol" in undo[0]
        back = code_of(undo[-1])
        done = ask(alice, f"!confirm {back}", "DONE")
        assert f"restore {code} is undone · !undo {back} until" in done
        assert "not registered" in alice.ask("NickServ", "INFO bob")
        ask(alice, f"!undo {code}", f"undone already.*`undo {back}` brings it back")
        ask(alice, "!undo", "usage: !undo CODE")
        ask(alice, f"!undo {code} founded", "usage: !undo CODE")
        ask(alice, "!undo ZZZZ", "no restore has that code")


def test_what_is_in_the_way_is_told_with_the_ways_to_meet_it(stage: Stage) -> None:
    """Nothing is done before somebody has chosen."""
    with somebody(stage, "alice", account="alice") as alice:
        heard = lines_of(alice, "!restore user carol", "choose merge, replace or as NEWNAME")
        assert heard[0].startswith("CANNOT restore account carol")
        ask(alice, "!restore user carol as carol2", r"!(confirm|approve) \w+")
        ask(alice, "!restore user carol as 2carol", "the new name is no nick")
        ask(alice, "!restore user carol merge", "there is nothing to bring back")
        ask(alice, "!restore channel #nowhere", "#nowhere is in none of")
        ask(alice, "!restore group !nowhere", "!nowhere is in none of")


@pytest.mark.parametrize(
    "words",
    ["", "bob from", "bob yesterday", "bob as", "bob as x y", "bob merge a b", "bob founded x", "bob as x as y"],
)
def test_words_that_mean_nothing_are_answered_with_an_example(stage: Stage, words: str) -> None:
    with somebody(stage, "alice", account="alice") as alice:
        ask(alice, f"!restore user {words}", "usage: !restore user NICK .* For example: !restore user alice from")


def test_a_code_dies_with_what_it_rested_on_and_the_plan_of_now_is_shown(stage: Stage) -> None:
    """Two plans for bob: when one is carried out, the other is dead, and what is so now is told."""
    with somebody(stage, "alice", account="alice") as alice, somebody(stage, "carol", account="carol") as carol:
        code = code_of(ask(alice, "!restore user bob", r"!approve \w+"))
        other = code_of(ask(alice, "!restore user bob", r"!approve \w+"))
        ask(carol, f"!approve {other}", "DONE")
        heard = lines_of(carol, f"!approve {code}", "choose merge, replace or as NEWNAME|DONE")
        assert any(f"{code} is dead: services changed what this plan rests on" in line for line in heard), heard
        assert any(line.startswith("CANNOT restore account bob") for line in heard)
        ask(carol, f"!approve {code}", "no such plan is waiting")
