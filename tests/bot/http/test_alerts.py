"""What Alertmanager tells becomes trouble that people hear of, once, and its end; nothing goes round in a circle."""

import asyncio
import json
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.worker import Worker
from bot.cli.template import EXAMPLE, render
from bot.config import parse
from bot.http.alert import NoMessage, read_alerts
from bot.http.alerts import alerts_page
from bot.http.page import Asked
from bot.notify.alertmanager import AlertmanagerNotifier
from bot.notify_settings import AlertmanagerSettings
from bot.wiring_notify import targets_of
from core.domain.notice import Target, Trouble
from core.notices.incident import Incident
from core.notices.outbox import Delivery
from core.operations import teller as module
from core.operations.teller import Teller
from tests.bot.notify.receiver import Receiver, receiving
from tests.core.operations.world import World, make_world
from tests.fakes import FakeClock


def _alert(name: str, status: str = "firing", severity: str = "warning", **more: Any) -> dict[str, Any]:
    labels = {"alertname": name, "severity": severity} | more.pop("labels", {})
    return {"status": status, "labels": labels, "annotations": {"summary": f"{name} is so"}} | more


def _message(*alerts: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"version": "4", "alerts": alerts, "newer_key": 1} | more).encode()


def test_each_alert_is_trouble_by_its_labels_and_ends_by_the_same_ones() -> None:
    one = _alert("DiskFull", labels={"device": "sda"}, fingerprint="a1")
    other = _alert("DiskFull", labels={"device": "sdb"}, fingerprint="b2")
    fired = read_alerts(_message(one, other))
    causes = [trouble.cause for trouble in fired.troubles]
    assert len(set(causes)) == 2
    assert all(cause.startswith("alert/DiskFull/") for cause in causes)
    assert read_alerts(_message(other | {"status": "resolved"})).ended == (causes[1],)
    without = {"status": "firing", "labels": one["labels"]}
    assert read_alerts(_message(without)).troubles[0].title == "DiskFull"
    assert read_alerts(_message(without | {"status": "resolved"})).ended == (
        read_alerts(_message(without)).troubles[0].cause,
    )


@pytest.mark.parametrize(
    ("severity", "gravity"),
    [("critical", "emergency"), ("error", "error"), ("WARNING", "warning"), ("info", "info"), ("strange", "warning")],
)
def test_how_grave_it_is_is_said_by_its_label(severity: str, gravity: str) -> None:
    (trouble,) = read_alerts(_message(_alert("X", severity=severity))).troubles
    assert trouble.gravity == gravity


def test_what_it_says_is_one_line_in_public_words_within_bounds() -> None:
    told = {
        "summary": "disk of 10.1.2.3:9100 full\r\n\x02QUIT\x03 /var/lib/secret/db " + "word " * 100,
        "description": "first\nsecond alice!a@example.org",
        "suggestion": "!backup now services",
    }
    (trouble,) = read_alerts(_message(_alert("A b\n#c", annotations=told))).troubles
    assert trouble.title.startswith("disk of (an address) full QUIT …/db word word")
    assert len(trouble.title) <= 200
    assert trouble.detail == "first\nsecond (a hostmask)"
    assert trouble.suggestion == "!backup now services"
    assert trouble.cause.startswith("alert/A_b__c/")
    for words in ("rm -rf /", "!backup now\nservices; x", "see https://example.org/x"):
        (trouble,) = read_alerts(_message(_alert("X", annotations={"suggestion": words}))).troubles
        assert trouble.suggestion == ""


async def test_what_we_told_it_ourselves_does_not_come_back_nor_what_it_told_us_go_there(
    tmp_path: Path, clock: FakeClock
) -> None:
    now = clock.now()
    incidents = [
        Incident(
            trouble=Trouble(cause=cause, gravity="error", title="x"),
            opened_at=now,
            seen_at=now,
            told_at=now,
            told_gravity="error",
        )
        for cause in ("disk/state", "alert/X/123456")
    ]
    async with receiving(Receiver()) as there:
        settings = AlertmanagerSettings.model_validate({"kind": "alertmanager", "url": there.secret(tmp_path)})
        notifier = AlertmanagerNotifier("am", settings, "N")
        await notifier.tell_again(incidents, now)
        await notifier.close()
    ((ours,),) = there.heard
    assert ours["labels"]["cause"] == "disk/state"
    alerts = read_alerts(_message({"status": "firing"} | ours, {"status": "resolved"} | ours))
    assert (alerts.troubles, alerts.ended) == ((), ())


def test_a_configured_alertmanager_is_told_nothing_that_it_told_us() -> None:
    ways = """
[notify.am]
kind = "alertmanager"
url = { env = "AM" }
[notify.hook]
kind = "webhook"
url = { env = "HOOK" }
"""
    without = {target.name: target.without for target in targets_of(parse(render(EXAMPLE) + ways))}
    assert without == {"irc": (), "am": ("alert/",), "hook": ()}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "the message: json invalid"),
        (b"\xff", "the message: json invalid"),
        (b"[" * 100_000, "the message: json invalid"),
        (b"[]", "the message: model"),
        (_message(version="3"), "version: literal error"),
        (_message({"status": "x", "labels": {}}), "alerts.0.status: literal error"),
        (_message(*[_alert("X")] * 501), "alerts: too long"),
        (_message({"status": "firing", "labels": {"s3cret key": 1}}), "alerts.0.labels: string type"),
    ],
)
def test_what_is_no_message_is_refused_and_never_quoted(body: bytes, told: str) -> None:
    with pytest.raises(NoMessage) as refused:
        read_alerts(body)
    assert str(refused.value).startswith(told)
    assert "s3cret" not in str(refused.value)


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(status=st.sampled_from(["firing", "resolved", "x"]), labels=_ANYTHING, annotations=_ANYTHING, mark=_ANYTHING)
def test_whatever_is_posted_is_read_or_refused(status: str, labels: object, annotations: object, mark: object) -> None:
    alert = {"status": status, "labels": labels, "annotations": annotations, "fingerprint": mark}
    try:
        alerts = read_alerts(_message(alert))
    except NoMessage:
        return
    for trouble in alerts.troubles:
        assert len(trouble.cause) < 100
        assert "\n" not in trouble.title


@dataclass
class Told:
    """A world whose engine tells the channel and an Alertmanager."""

    world: World
    teller: Teller

    async def post(self, body: bytes) -> int:
        return (await alerts_page(Worker(self.world.engine)).make(Asked(path="/alerts", body=body))).status

    def said(self, target: str) -> list[str]:
        found = []
        while isinstance(delivery := self.teller.notices.outbox.next(target), Delivery):
            found.append(delivery.notice.headline)
            self.teller.notices.outbox.delivered(delivery)
        return found


@pytest.fixture
def told(tmp_path: Path, clock: FakeClock) -> Told:
    world = make_world(tmp_path, clock)
    targets = (Target(name="irc"), Target(name="am", without=("alert/",)))
    world.engine.teller = Teller(tmp_path / "state", targets, clock)
    (tmp_path / "state").mkdir(exist_ok=True)
    return Told(world, world.engine.teller)


async def test_people_hear_of_it_once_and_of_its_end_and_it_does_not_go_back(told: Told) -> None:
    for _ in range(3):
        assert await told.post(_message(_alert("SavesStopped", severity="critical"))) == 200
    assert told.said("irc") == ["EMERGENCY SavesStopped is so"]
    assert (
        await told.post(_message(_alert("SavesStopped", status="resolved"), _alert("Other", status="resolved"))) == 200
    )
    assert told.said("irc") == []  # other labels: severity is one of them
    assert await told.post(_message(_alert("SavesStopped", status="resolved", severity="critical"))) == 200
    assert told.said("irc") == ["RESOLVED SavesStopped is so (3 times)"]
    assert told.said("am") == []


async def test_a_storm_of_them_is_bounded_and_its_rest_is_counted(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_ALERTS", 3)
    assert await told.post(_message(*(_alert(f"X{number}") for number in range(10)), truncatedAlerts=5)) == 200
    assert told.said("irc") == [
        *(f"WARNING X{number} is so" for number in range(3)),
        "WARNING 12 alerts more fire than are told one by one: Alertmanager lists them",
    ]


async def test_an_emergency_behind_a_storm_is_heard_and_what_ends_makes_room(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_ALERTS", 2)
    assert await told.post(_message(*(_alert(f"X{number}") for number in range(3)))) == 200
    assert len(told.said("irc")) == 3
    assert await told.post(_message(_alert("Fire", severity="critical"))) == 200
    assert told.said("irc") == [
        "EMERGENCY 1 alerts more fire than are told one by one: Alertmanager lists them (2 times)"
    ]
    over = [_alert(f"X{number}", status="resolved") for number in range(2)]
    assert await told.post(_message(_alert("Fire", severity="critical"), *over)) == 200
    assert "EMERGENCY Fire is so" in told.said("irc")


async def test_what_cannot_be_kept_is_answered_so_that_it_is_sent_again(told: Told, tmp_path: Path) -> None:
    (tmp_path / "state" / "outbox.sqlite").write_bytes(b"no database" * 1000)
    assert await told.post(_message(_alert("X"))) == 503
    assert await told.post(b"{}") == 400


async def test_a_long_message_is_read_beside_the_loop(told: Told) -> None:
    """The bot answers PING meanwhile."""
    long = {"summary": "x", "description": "1." * 30_000}
    storm = _message(*(_alert(f"X{number}", annotations=long) for number in range(16)))
    posted, turns = asyncio.create_task(told.post(storm)), [time.perf_counter()]
    while not posted.done():
        await asyncio.sleep(0.01)
        turns.append(time.perf_counter())
    assert await posted == 200
    assert max(later - turn for turn, later in pairwise(turns)) < (turns[-1] - turns[0]) / 4
