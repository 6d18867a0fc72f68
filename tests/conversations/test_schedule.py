"""What is done by itself, as conversations with the real bot: what was missed while it was down, and pauses."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bot.demo.stage import Stage
from core.lock import Lock
from tests.conversations.test_authority import ask, audit, somebody
from tests.machine import until

SCHEDULE = """
[schedule]
zone = "Europe/Berlin"
[schedule.jobs.verify]
enabled = false
[schedule.jobs.sync]
cron = "20 4 1 1 *"
"""


class Switch:
    """A dead man's switch: it remembers what it was told."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        paths = self.paths

        class Take(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                paths.append(self.path)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *args: object) -> None:
                """Nothing is logged."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Take)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/check"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def switch() -> Iterator[Switch]:
    made = Switch()
    yield made
    made.close()


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, switch: Switch) -> Iterator[Stage]:
    """The demo's network, whose bot comes back after two weeks."""
    place = Stage(tmp_path_factory.mktemp("stage") / "network")
    text = place.network.config.read_text()
    assert "[schedule]\nenabled = false\n" in text
    url = place.network.folder / "keys" / "ping.url"
    url.write_text(switch.url)
    url.chmod(0o600)
    ping = f'\n[ping]\nurl = {{ file = "{url}" }}\n'
    place.network.config.write_text(text.replace("[schedule]\nenabled = false\n", SCHEDULE + ping))
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


def test_the_dead_man_s_switch_heard_of_the_run_from_its_begin_to_its_end(stage: Stage, switch: Switch) -> None:
    del stage
    until(lambda: switch.paths, "the begin was told")
    begun = switch.paths[0]
    assert begun.startswith("/check/start?rid=")
    until(lambda: begun.replace("/start", "") in switch.paths, "its good end was told")


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


def test_a_job_waits_for_another_run_and_one_that_a_kill_cut_short_is_done_again(stage: Stage) -> None:
    """<alice> !jobs / job 1: incremental by the schedule, for 2s · waits: another run is at work."""
    state = stage.network.folder / "state"
    stage.kill_bot()
    notes = json.loads((state / "schedule.json").read_text())
    notes["incremental"]["met_until"] = (datetime.now(UTC) - timedelta(days=3)).isoformat()
    (state / "schedule.json").write_text(json.dumps(notes))

    def whys() -> list[str]:
        return [line["why"] for line in audit(stage) if line["event"] == "job late" and line["job"] == "incremental"]

    with Lock(state / "lock", purpose="a long restore"):
        stage.start_bot()
        until(whys, "it has begun")
        with somebody(stage, "alice", account="alice") as alice:
            ask(alice, "!jobs", "incremental by the schedule, for .* waits: .*a long restore")
        stage.kill_bot()
    stage.start_bot()
    until(lambda: len(whys()) == 2, "it is done again")
    assert whys() == ["was missed while the bot was down", "was cut short"]
    until(lambda: json.loads((state / "schedule.json").read_text())["incremental"]["good"], "it has come to its end")
    with somebody(stage, "alice", account="alice") as alice:
        ask(alice, "!schedule", r"incremental \(backup\): last .* good")
