"""What is done by itself, as conversations with the real bot: what was missed while it was down, and pauses."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.demo.stage import Stage
from tests.conversations.test_authority import ask, audit, somebody
from tests.machine import until

SCHEDULE = """
[schedule]
zone = "Europe/Berlin"
[schedule.jobs.verify]
enabled = false
"""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The demo's network, whose bot comes back after two weeks."""
    place = Stage(tmp_path_factory.mktemp("stage") / "network")
    text = place.network.config.read_text()
    assert "[schedule]\nenabled = false\n" in text
    place.network.config.write_text(text.replace("[schedule]\nenabled = false\n", SCHEDULE))
    gone = (datetime.now(UTC) - timedelta(days=14)).isoformat()
    state = place.network.folder / "state"
    state.mkdir(mode=0o700)
    known = {"full": {"job": "full", "when": "0 2 * * 0", "met_until": gone}}
    (state / "schedule.json").write_text(json.dumps(known))
    with place as running:
        yield running


def test_what_was_missed_runs_once_and_the_schedule_says_what_comes_next(stage: Stage) -> None:
    """<alice> !schedule / full (full backup): last Sun 29 Nov 04:01 CET good · next Sun 06 Dec 02:00 CET."""
    until(lambda: "job late" in [line["event"] for line in audit(stage)], "what was missed runs")
    (late,) = [line for line in audit(stage) if line["event"] == "job late"]
    assert late["job"] == "full"
    assert late["why"] == "was missed while the bot was down"
    with somebody(stage, "alice", account="alice") as alice:
        until(lambda: "backup done" in [line["event"] for line in audit(stage)], "it was saved")
        ask(alice, "!snapshots", "1 of 1|services")
        ask(alice, "!schedule", r"full \(full backup\): last .* CES?T good · next Sun .* 0[23]:00 CES?T")
        ask(alice, "!schedule", r"sync \(sync\): has not run yet · next .*:20 CES?T")


def test_a_job_is_paused_for_a_time_by_who_may_and_goes_on(stage: Stage) -> None:
    """<alice> !pause sync for 2h / sync does not begin until …; what is missed is caught up then."""
    with somebody(stage, "alice", account="alice") as alice:
        ask(alice, "!pause sync for a while", "for how long")
        ask(alice, "!pause sync for 9d", "a week at most")
        ask(alice, "!pause nothing for 2h", "no job of that name.*there are: full")
        ask(
            alice, "!pause sync for 2h", "sync does not begin until .* CES?T; what is missed is caught up then. !resume"
        )
        ask(alice, "!schedule", "sync .*paused by alice until")
        ask(alice, "!resume sync", "sync begins again when it is due")
        ask(alice, "!resume sync", "sync is not paused")
    assert {"job paused", "job resumed"} <= {line["event"] for line in audit(stage)}
