"""An incident from its beginning to its report, as a conversation with the real bot on the demo's network."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.demo.stage import Stage
from core.jsonl import append
from tests.conversations.test_authority import ask, audit, somebody


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """With one snapshot; the last drill was a hundred days ago."""
    place = Stage(tmp_path_factory.mktemp("stage") / "network")
    long_ago = datetime.now(UTC) - timedelta(days=100)
    state = place.network.folder / "state"
    append(state / "reminders.jsonl", {"done": "drill", "by": "bob", "at": long_ago.isoformat()})
    with place as running:
        with somebody(running, "alice", account="alice") as alice:
            ask(alice, "!backup now", "is new")
        yield running


def backupserv(stage: Stage, *words: str) -> str:
    command = [sys.executable, "-m", "bot", "--config", str(stage.network.config), "--quiet", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout


def test_channels_vanish_everything_is_kept_and_the_page_for_the_review_is_there(stage: Stage) -> None:
    """<alice> !incident open … / is open / !incident note … / !incident close / !incident report."""
    with somebody(stage, "alice", account="alice") as alice, somebody(stage, "carol", account="carol") as carol:
        ask(alice, "!incident", "there was no incident yet")
        ask(alice, "!incident open", "!incident open: no incident was cut short")
        ask(alice, "!incident note too early", "no incident is open")
        assert "dropped" in alice.ask("NickServ", "FDROP erin")
        heard = ask(alice, "!incident open accounts vanish -- by whom?", r"incident \w{4} is open: nothing is removed")
        assert re.search(r"\d snapshots? from .* on kept, 1 source saved", heard)
        found = re.search(r"incident (\w{4})", heard)
        assert found
        carol.wait(r"WARNING incident \w{4} opened by alice: accounts vanish -- by whom\? · !incident")
        ask(carol, "!status", f"LOOK  incident {found[1]} open since .*: accounts vanish")
        ask(carol, "!prune", "frozen: incident .* is open|prune: nothing goes")
        ask(carol, "!incident note erin was dropped at noon", f"noted in incident {found[1]}: 1 so far")
        ask(carol, "!incident open another", "one at a time: `incident close` ends it")
        ask(carol, "!incident", f"incident {found[1]} open since .* · 1 notes?")
        ask(carol, "!incident close she is back", f"incident {found[1]} is closed: what was kept .* 14 more days")
        alice.wait(f"INFO incident {found[1]} closed by carol: accounts vanish")
        ask(carol, "!incident report", f"incident {found[1]} was open for .*: accounts vanish")
        carol.wait("NOTICE carol :… .* more lines: !more shows on")
        carol.say("#opers", "!more")
        carol.wait("NOTICE carol :.* alice: asked !incident open")
        ask(carol, f"!incident report {found[1]}x", "there is no incident")
    page = stage.network.folder / "review.md"
    told = backupserv(stage, "incident", "report", "--to", str(page))
    assert told.startswith(f"{page}: incident {found[1]} was open for")
    text = page.read_text()
    page.write_text(f"{text}we were lucky\n")
    with pytest.raises(subprocess.CalledProcessError):
        backupserv(stage, "incident", "report", "--to", str(page))
    assert page.read_text().endswith("we were lucky\n")
    assert f"# Incident {found[1]}: accounts vanish -- by whom?" in text
    assert "carol: erin was dropped at noon" in text
    assert "## Follow-ups" in text
    (listed,) = json.loads(backupserv(stage, "incident", "list", "--json"))
    assert (listed["id"], listed["step"], listed["by"]) == (found[1], "closed", "alice")
    events = {entry["event"] for entry in audit(stage)}
    assert {"incident opening", "incident opened", "incident note", "incident closed"} <= events


def test_the_command_line_opens_and_closes_one_too(stage: Stage) -> None:
    told = backupserv(stage, "incident", "open", "the host is slow")
    assert re.match(r"incident \w{4} is open: nothing is removed", told)
    assert "noted" in backupserv(stage, "incident", "note", "swap is full")
    with somebody(stage, "alice", account="alice") as alice:
        ask(alice, "!status", "LOOK  incident .* the host is slow")
    assert json.loads(backupserv(stage, "--json", "incident", "close"))["step"] == "closed"
    review = json.loads(backupserv(stage, "--json", "incident", "report"))
    assert [note["text"] for note in review["notes"]] == ["swap is full"]


def test_what_should_be_done_again_and_again_is_listed_and_done_by_somebody(stage: Stage) -> None:
    """<alice> !reminders / key-rotation (monthly): due … / !done drill / drill is done by alice."""
    with somebody(stage, "alice", account="alice") as alice:
        ask(alice, "!status", r"due: drill \(!reminders\)")
        ask(alice, "!reminders", r"drill \(quarterly\): DUE since 20.* done 20.* by bob · !runbook drill · !done drill")
        ask(alice, "!alerts", "INFO reminder/drill: due since 20.*: practise the worst night")
        ask(alice, "!reminders", r"key-rotation \(monthly\): due 20.*, never done yet")
        ask(alice, "!done", "of what\\? !reminders lists them; usage: !done REMINDER")
        ask(alice, "!done lunch", "there is no reminder lunch")
        ask(alice, "!done reminder/drill", "drill is done by alice; due again 20")
        assert "due:" not in ask(alice, "!status", "^(OK|LOOK) ")
    told = json.loads(backupserv(stage, "--json", "reminders"))
    assert [item["done_by"] for item in told if item["name"] == "drill"] == ["alice"]
    assert "who-may is done; due again" in backupserv(stage, "reminders", "--done", "who-may")
    assert {"drill", "who-may"} == {entry["name"] for entry in audit(stage) if entry["event"] == "reminder done"}
