"""What stays and what goes, told as conversations with the real bot on the demo's network."""

import re
from collections.abc import Iterator

import pytest

from bot.demo.person import Person
from bot.demo.stage import Stage
from tests.conversations.test_authority import ask, audit, somebody


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Four snapshots, of which a policy wants the last one."""
    place = Stage(tmp_path_factory.mktemp("stage") / "network")
    text = place.network.config.read_text()
    rules = "".join(f"{name} = 0\n" for name in ("hourly", "daily", "weekly", "monthly"))
    guards = "[guards]\nevery_seconds = 1\n[guards.shrink]\nleast = 2\n"
    place.network.config.write_text(f'{text}\n[retention]\nkeep_last = 1\nwithin = "0h"\n{rules}\n{guards}')
    with place as running:
        with somebody(running, "alice", account="alice") as alice:
            ask(alice, "!backup now", "is new")
            for nick in ("bob", "dave", "erin"):
                assert "dropped" in alice.ask("NickServ", f"FDROP {nick}")
                ask(alice, "!backup now", "is new")
        yield running


def lines(person: Person, text: str, last: str) -> list[str]:
    person.catch_up()
    person.say("#opers", text)
    heard: list[str] = []
    while not heard or not re.search(last, heard[-1]):
        heard.append(person.hear("BackupServ"))
    return heard


def manifests(stage: Stage) -> set[str]:
    return {path.name for path in (stage.network.folder / "repository").rglob("manifests/*/*.json")}


def test_a_pinned_snapshot_is_in_no_plan_and_a_frozen_repository_loses_nothing(stage: Stage) -> None:
    """<alice> !pin ID why / is pinned / <alice> !freeze why / frozen / <alice> !prune / nothing goes."""
    with somebody(stage, "alice", account="alice") as alice:
        second = sorted(manifests(stage))[1].removesuffix(".json").rpartition("-")[2]
        ask(alice, f"!pin {second} before the merger", f"snapshot {second} is pinned; !unpin {second} takes it away")
        ask(alice, "!status", "1 pinned")
        assert "pinned 1" in lines(alice, "!retention", "disk: ")[-1]
        ask(alice, "!freeze somebody is at work", "frozen: no snapshot is removed until !thaw")
        ask(alice, "!status", r"frozen: somebody is at work \(by alice\)")
        heard = lines(alice, "!prune", "disk: ")
        assert heard[0] == "prune: nothing goes, 4 snapshots stay"
        assert heard[1] == "! disk: frozen: somebody is at work (by alice)"
        ask(alice, "!thaw", r"thawed; it was frozen: somebody is at work \(by alice\)")
        ask(alice, "!thaw", "nothing is frozen")
        ask(alice, f"!unpin {second}", f"snapshot {second} is not pinned any more")
        ask(alice, f"!unpin {second}", "is not pinned")


def test_a_plan_is_agreed_to_by_its_code_and_dies_when_something_of_it_would_stay(stage: Stage) -> None:
    """<alice> !prune / PLAN … / (carol pins) / <carol> !approve … is dead / !prune / <carol> !approve … / DONE."""
    with somebody(stage, "alice", account="alice") as alice, somebody(stage, "carol", account="carol") as carol:
        before = manifests(stage)
        heard = lines(alice, "!prune", "Needs a second oper: removes snapshots for good. !approve")
        assert len(heard) <= 4
        found = re.search(r"PLAN (\w+) prune: (\d) of 4 snapshots go, .* freed", heard[0])
        assert found
        alice.say("#opers", f"!show {found[1]}")
        doomed = re.search(r"- disk services (\w+) 20", alice.wait(r"NOTICE alice :- disk services "))
        assert doomed
        ask(carol, f"!confirm {found[1]}", "was asked for by alice")
        ask(alice, f"!confirm {found[1]}", "needs a second oper .*by somebody else than alice")
        ask(carol, f"!pin {doomed[1]} wait", "is pinned")
        dead = lines(carol, f"!approve {found[1]}", r"!approve \w+ within 5m|disk: 0 go")
        assert any("would stay now; nothing was removed. As it is now:" in line for line in dead)
        assert manifests(stage) == before
        ask(carol, f"!unpin {doomed[1]}", "not pinned any more")
        code = re.search(r"!approve (\w+)", lines(alice, "!prune", "!approve .* within 5m")[-1])
        assert code
        ask(carol, f"!approve {code[1]}", rf"DONE: disk: {found[2]} snapshots? removed, .* freed")
        assert len(manifests(stage)) == 4 - int(found[2])
        assert manifests(stage) < before
        ask(alice, "!verify latest", "is good")
        assert {"pin", "freeze", "thaw", "unpin", "prune", "prune done"} <= {entry["event"] for entry in audit(stage)}


def test_what_stays_is_told_with_its_reasons_in_private(stage: Stage) -> None:
    """<alice> !retention plan / (the headline and a line a storage) / (a line a snapshot, by notice)."""
    with somebody(stage, "alice", account="alice") as alice:
        heard = lines(alice, "!retention plan", "= disk services ")
        assert heard[0].startswith("prune: ")
        newest = max(manifests(stage)).removesuffix(".json").rpartition("-")[2]
        assert any(re.match(rf"= disk services {newest} 20.*: .*last", line) for line in heard), heard
        alice.say("#opers", "!retention plan")
        alice.wait(r"NOTICE alice := disk services ")


@pytest.mark.parametrize("words", ["pin", "pin 7q2fk3", "unpin", "freeze", "release"])
def test_words_that_mean_nothing_are_answered_with_an_example(stage: Stage, words: str) -> None:
    with somebody(stage, "alice", account="alice") as alice:
        ask(alice, f"!{words}", f"usage: !{words.split(maxsplit=1)[0]} .* For example: !{words.split(maxsplit=1)[0]} ")


def test_a_save_that_lost_much_is_held_until_somebody_says_that_it_was_meant(stage: Stage) -> None:
    """<alice> !backup now / HELD … / !status / LOOK … / !prune / nothing goes / !release ID / held no more."""
    with somebody(stage, "alice", account="alice") as alice:
        accounts = re.findall(r"(?m)^MU \S+ (\S+)", stage.network.database.read_text())
        for nick in (name for name in accounts if name not in {"alice", "carol"}):
            assert "dropped" in alice.ask("NickServ", f"FDROP {nick}")
        ask(
            alice,
            "!backup now",
            r"! it is HELD, and not the latest: it has \d+ \w+, and \w+ of .* had \d+; !release \w+",
        )
        held = max(manifests(stage)).removesuffix(".json").rpartition("-")[2]
        ask(alice, "!status", f"! snapshot {held} of services is held: it has ")
        ask(alice, "!snapshots", f"{held} services .* HELD: it has ")
        assert any(line.startswith("prune: nothing goes") for line in lines(alice, "!prune", "disk: "))
        ask(alice, f"!release {held}", f"snapshot {held} of services is held no more: later ones are judged by it")
        ask(alice, f"!release {held}", f"snapshot {held} is not held")
        ask(alice, "!show latest", held)
        assert {"release asked", "release"} <= {entry["event"] for entry in audit(stage)}


def test_what_a_guard_finds_is_told_and_the_status_is_not_ok_while_it_is_so(stage: Stage) -> None:
    """(all but two were dropped) <alice> !backup now / <BackupServ> WARNING … / <alice> !status / LOOK … / ! …."""
    with somebody(stage, "alice", account="alice") as alice:
        alice.say("#opers", "!backup now")
        alice.wait(r"WARNING \d+ accounts were dropped of services since ")
        alice.wait(r"!diff \w{6} \w{6}")
        heard = lines(alice, "!status", "! .* accounts were dropped of services since ")
        assert any(line.startswith("LOOK ") for line in heard)
