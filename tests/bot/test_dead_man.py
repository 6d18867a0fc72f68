"""The dead man's switch hears of each run, and "good" only while all is: over HTTP, as healthchecks.io takes it."""

from pathlib import Path

import pytest

from bot.dead_man import DeadMan
from bot.notify.ping import Ping
from bot.notify_settings import PingSettings
from core.operations.duty_verbs import Done
from tests.bot.notify.receiver import Receiver, receiving

GOOD, BAD = Done(good=True, detail="1 source saved"), Done(good=False, detail="services cannot be saved")


async def _ran(dead_man: DeadMan, job: str, done: Done) -> None:
    told = dead_man.begin(job)
    dead_man.remember(job, done)
    await told.end(done)


def _ends(receiver: Receiver) -> list[str]:
    """What each call was: "start", "good" or "fail"."""
    paths = [path.partition("?")[0].rpartition("/")[2] for path in receiver.paths]
    return [path if path in {"start", "fail"} else "good" for path in paths]


async def test_a_success_of_one_job_does_not_hide_the_failure_of_another(tmp_path: Path) -> None:
    async with receiving(Receiver()) as receiver:
        dead_man = DeadMan(Ping(PingSettings(url=receiver.secret(tmp_path))))
        await _ran(dead_man, "full", GOOD)
        await _ran(dead_man, "full", BAD)
        await _ran(dead_man, "sync", GOOD)
        await _ran(dead_man, "full", GOOD)
        await dead_man.close()
    assert _ends(receiver) == ["start", "good", "start", "fail", "start", "fail", "start", "good"]
    assert "full: services cannot be saved" in receiver.heard[5]
    runs = [path.partition("rid=")[2] for path in receiver.paths]
    assert runs[0::2] == runs[1::2]
    assert len(set(runs)) == 4


async def test_a_switch_of_a_job_s_own_hears_of_that_job_alone(tmp_path: Path) -> None:
    async with receiving(Receiver()) as receiver:
        dead_man = DeadMan(None, {"sync": Ping(PingSettings(url=receiver.secret(tmp_path)))})
        await _ran(dead_man, "full", BAD)
        await _ran(dead_man, "sync", GOOD)
        await dead_man.close()
    assert _ends(receiver) == ["start", "good"]


async def test_what_failed_before_a_restart_is_not_forgotten(tmp_path: Path) -> None:
    async with receiving(Receiver()) as receiver:
        dead_man = DeadMan(Ping(PingSettings(url=receiver.secret(tmp_path))))
        dead_man.remember("full", BAD)
        await _ran(dead_man, "sync", GOOD)
        await dead_man.close()
    assert _ends(receiver) == ["start", "fail"]


async def test_a_switch_that_is_gone_stops_nothing_and_the_log_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with receiving(Receiver(rule=lambda _: (404, "not here"))) as receiver:
        dead_man = DeadMan(Ping(PingSettings(url=receiver.secret(tmp_path))))
        await _ran(dead_man, "full", GOOD)
        await dead_man.close()
    assert "the dead man's switch was not told of full" in caplog.text
    assert "verysecrettoken" not in caplog.text
