"""What others watch the bot by: told in words that hold nothing private, and only to who may hear it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from bot import wiring_http, wiring_watched
from bot.chat.command import Desk
from bot.chat.worker import Worker
from bot.cli.template import EXAMPLE, render
from bot.config import parse
from bot.metrics.latest import LatestFigures
from bot.pulse import Pulse
from bot.wiring_watched import Watched
from core.operations.figures import Figures
from tests.core.operations.world import make_world
from tests.fakes import FakeClock


def _watched(tmp_path: Path, clock: FakeClock, *, heard: bool = True, ailing: Sequence[str] = ()) -> Watched:
    engine = make_world(tmp_path, clock).engine
    desk = cast("Desk", SimpleNamespace(worker=Worker(engine)))
    settings = parse(render(EXAMPLE))
    return Watched(
        settings=settings,
        desk=desk,
        is_heard=lambda: heard,
        ailing=lambda: tuple(ailing),
        looked_at=lambda: None,
        pulse=Pulse(),
    )


def _latest(figures: Figures | None) -> LatestFigures:
    async def known() -> Figures | None:
        return figures

    return cast("LatestFigures", SimpleNamespace(figures=known))


async def test_a_bot_that_can_do_its_work_has_nothing_in_its_way(tmp_path: Path, clock: FakeClock) -> None:
    figures = Figures(at=clock.now(), readable=True, listed_at=clock.now())
    assert await wiring_watched._hindrances(_watched(tmp_path, clock), _latest(figures)) == []


async def test_each_thing_in_its_way_is_told_in_words(tmp_path: Path, clock: FakeClock) -> None:
    unreadable = Figures(at=clock.now(), readable=False, listed_at=None)
    watched = _watched(tmp_path, clock, heard=False, ailing=["schedule"])
    assert await wiring_watched._hindrances(watched, _latest(unreadable)) == [
        "the repository cannot be read",
        "it is not in the opers' channel",
        "a part of it died and is begun again: schedule",
    ]
    old = Figures(at=clock.now() - timedelta(minutes=6), readable=True, listed_at=None)
    for figures in (None, old):
        (told,) = await wiring_watched._hindrances(
            replace(watched, is_heard=lambda: True, ailing=tuple), _latest(figures)
        )
        assert told.startswith("what it knows of itself is old")


@pytest.mark.parametrize(
    ("table", "served"),
    [
        ("[http]\n", False),
        ('[http]\ntoken = { env = "T" }\n', True),
        ('[http]\ncertificate = "/c"\nkey = "/k"\nclient_ca = "/ca"\n', True),
        ("", False),
    ],
)
def test_alerts_are_taken_only_where_whoever_sends_them_is_known(
    tmp_path: Path, clock: FakeClock, table: str, *, served: bool
) -> None:
    settings = parse(f"{render(EXAMPLE)}\n{table}")
    pages = wiring_http._alerts(settings, _watched(tmp_path, clock).desk)
    assert [(page.path, page.method, page.open) for page in pages] == ([("/alerts", "POST", False)] if served else [])
