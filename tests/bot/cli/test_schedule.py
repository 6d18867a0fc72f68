"""The schedule on the command line, with no bot running: what is due, what was, pauses, and one job now."""

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.cli.main import main
from bot.config import parse
from bot.schedule_settings import host_zone
from core.domain.errors import ConfigInvalid
from tests.bot.cli.test_command_line import Host

NAMES = ["full", "incremental", "sync", "prune", "verify", "drill", "drill-all"]


class Shop(Host):
    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        super().__init__(folder)
        self._capsys = capsys

    def add(self, text: str) -> None:
        config = self.folder / "bot.toml"
        config.write_text(config.read_text() + text)

    def check(self) -> str:
        main(["--config", str(self.folder / "bot.toml"), "--quiet", "check", "--no-irc"])
        return self._capsys.readouterr().out

    def verb(self, *words: str, code: int = 0) -> str:
        assert main(["--config", str(self.folder / "bot.toml"), "--quiet", "schedule", *words]) == code
        told = self._capsys.readouterr()
        return told.out + told.err

    def mistakes(self, text: str) -> str:
        with pytest.raises(ConfigInvalid) as caught:
            parse((self.folder / "bot.toml").read_text() + text)
        return str(caught.value)


@pytest.fixture
def shop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shop:
    return Shop(tmp_path, capsys)


def test_without_a_word_all_that_the_guide_asks_for_is_scheduled(shop: Shop) -> None:
    shop.add('[schedule]\nzone = "Europe/Berlin"\n')
    told = json.loads(shop.verb("--json"))
    assert [job["job"] for job in told["jobs"]] == NAMES
    assert {job["zone"] for job in told["jobs"]} == {"Europe/Berlin"}
    assert told["unscheduled"] == []
    full = told["jobs"][0]
    assert (full["when"], full["what"], full["begun_at"]) == ("0 2 * * 0", "full backup", None)
    assert full["next_at"][10:19] == "T02:00:00"
    text = shop.verb()
    assert "full (full backup): has not run yet · next Sun " in text
    assert " 02:00 CE" in text
    assert "ok    schedule – 7 jobs, the next is " in shop.check()


def test_a_pause_is_told_with_who_and_until_when_and_ends(shop: Shop) -> None:
    shop.add('[schedule]\nzone = "UTC"\n')
    assert "sync does not begin until" in shop.verb("pause", "sync", "for", "2h")
    assert " · paused by " in shop.verb()
    paused = next(job for job in json.loads(shop.verb("--json"))["jobs"] if job["job"] == "sync")
    assert paused["next_at"] >= paused["paused_until"]
    assert "begins again" in shop.verb("resume", "SYNC")
    assert "is not paused" in shop.verb("resume", "sync")
    assert "there are: full, incremental" in shop.verb("pause", "nothing", "2h", code=3)
    assert "a week at most" in shop.verb("pause", "sync", "for", "9d", code=2)
    assert "a week at most" in shop.verb("pause", "sync", "for", "ever", "2h", code=2)
    trail = (shop.folder / "state" / "audit.jsonl").read_text()
    assert trail.count("job paused") == trail.count("job resumed") == 1


def test_one_job_runs_now_and_says_what_came_of_it(shop: Shop) -> None:
    assert "1 source saved" in shop.verb("run", "full")
    assert json.loads(shop.verb("run", "verify", "--json"))["good"] is True
    shop.database.unlink()
    assert "does not exist" in shop.verb("run", "incremental", code=6)
    assert "one job at a time\n  there are: full, incremental" in shop.verb("run", "all", code=3)


def test_jobs_differ_where_something_is_said_and_one_may_have_its_own(shop: Shop) -> None:
    shop.add(
        '[schedule]\nzone = "UTC"\n'
        "[schedule.jobs.full]\nenabled = false\n"
        '[schedule.jobs.incremental]\nevery = "6h"\nsources = ["services"]\njitter = "10m"\n'
        '[schedule.jobs.mine]\nverb = "backup"\ncron = "@hourly"\nfull = true\nsources = ["services"]\n'
    )
    jobs = {job["job"]: job for job in json.loads(shop.verb("--json"))["jobs"]}
    assert list(jobs) == [*NAMES[1:], "mine"]
    assert (jobs["incremental"]["what"], jobs["incremental"]["when"]) == ("backup of services", "every 6h")
    assert jobs["mine"]["what"] == "full backup of services"


def test_a_source_that_no_job_saves_is_told(shop: Shop) -> None:
    shop.add(
        f'[sources.themes]\nkind = "files"\nfolder = "users"\nroot = "{shop.folder}"\npaths = ["themes"]\n'
        '[schedule]\nzone = "UTC"\n[schedule.jobs.full]\nsources = ["services"]\n'
        '[schedule.jobs.incremental]\nsources = ["services"]\n'
    )
    assert json.loads(shop.verb("--json"))["unscheduled"] == ["themes"]
    assert "! no job saves themes" in shop.verb()
    assert "LOOK  schedule – no job saves themes" in shop.check()


def test_nothing_is_scheduled_where_somebody_said_so(shop: Shop) -> None:
    shop.add("[schedule]\nenabled = false\n")
    assert "nothing is scheduled" in shop.verb()
    assert "nothing is scheduled here" in shop.verb("run", "all", code=3)
    assert "nothing is scheduled here" in shop.verb("pause", "all", "2h", code=3)
    assert "LOOK  schedule – nothing is done by itself" in shop.check()


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ('[schedule]\nzone = "Europe/Atlantis"\n', "schedule.zone"),
        ('[schedule.jobs.full]\ncron = "0 2 * * 9"\n', "schedule.jobs.full.cron"),
        ('[schedule.jobs.full]\ncron = "0 0 30 2 *"\n', "schedule.jobs.full.cron"),
        ('[schedule.jobs.full]\ncron = "@daily"\nevery = "1h"\n', "cron or every"),
        ('[schedule.jobs.full]\nevery = "0m"\n', "between"),
        ('[schedule.jobs.full]\njitter = "2h"\n', "jitter"),
        ('[schedule.jobs.full]\nsources = ["nobody"]\n', "schedule.jobs.full.sources: nobody is no source"),
        ('[schedule.jobs.mine]\ncron = "@daily"\n', "verb"),
        ('[schedule.jobs.mine]\nverb = "backup"\n', "cron or every"),
        ('[schedule.jobs.mine]\nverb = "explode"\ncron = "@daily"\n', "schedule.jobs.mine.verb"),
        ('[ping]\nurl = "https://hc.example/secret"\n', "ping.url"),
    ],
)
def test_a_mistake_in_the_schedule_is_named_by_its_place(shop: Shop, table: str, told: str) -> None:
    mistakes = shop.mistakes(table)
    assert told in mistakes
    assert "secret" not in mistakes.replace("where the secret lies", "")


@pytest.mark.parametrize(("told", "zone"), [(":Europe/Paris", "Europe/Paris"), ("Asia/Kathmandu", "Asia/Kathmandu")])
def test_the_zone_is_the_hosts_where_nobody_names_one(monkeypatch: pytest.MonkeyPatch, told: str, zone: str) -> None:
    monkeypatch.setenv("TZ", told)
    assert host_zone() == zone


def test_a_host_whose_zone_means_nothing_is_taken_for_its_clock_or_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    """Never a mistake at the start: a POSIX rule, as some hosts have in TZ, is no name of a zone."""
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    assert ZoneInfo(host_zone()).key
