"""A compose project as a unit, on a real engine."""

from typing import Any

import pytest

from core.control.compose import ComposeSettings, ComposeUnit
from core.domain.errors import ControlFailed
from tests.lab.docker.engine import Engine

pytestmark = pytest.mark.lab

LIVE = "trap 'exit 0' TERM; while :; do sleep 0.05; done"


def unit(engine: Engine, **more: Any) -> ComposeUnit:
    settings = {"kind": "compose", "project": "town", "socket": str(engine.socket), **more}
    return ComposeUnit(ComposeSettings.model_validate(settings))


def member(engine: Engine, name: str, text: str = LIVE, needs: str = "", **more: Any) -> None:
    """A container of the project, down, labelled as version 2 of compose does."""
    labels = {"com.docker.compose.project": "town", "com.docker.compose.service": name}
    labels["com.docker.compose.depends_on"] = needs
    engine.run(name, ["sh", "-c", text], start=False, labels=labels, **more)


def test_a_project_goes_down_and_comes_up_in_its_order(engine: Engine) -> None:
    """The last stops first; what is down already is not named; one that has done its work and ended is well."""
    member(engine, "panel", needs="services:service_started:false")
    member(engine, "services", needs="ircd:service_healthy:false,seed:service_completed_successfully:false")
    member(engine, "ircd", healthcheck={"Test": ["CMD", "true"], "Interval": 3600 * 10**9})
    member(engine, "seed", "exit 0")
    subject = unit(engine)
    assert subject.up() == ("ircd", "seed", "services", "panel")
    began = [engine.state(name)["StartedAt"] for name in ("ircd", "services", "panel")]
    assert began == sorted(began)
    assert subject.up() == ("seed",)
    assert subject.down() == ("panel", "services", "ircd")
    assert not any(engine.state(name)["Running"] for name in ("ircd", "services", "panel"))
    assert subject.down() == ()


def test_one_that_does_not_start_is_named_and_those_before_it_run(engine: Engine) -> None:
    member(engine, "ircd")
    member(engine, "services", "exit 1", needs="ircd:service_started:false")
    member(engine, "panel", needs="services:service_started:false")
    with pytest.raises(ControlFailed, match=r"container services was started and ended at once \(exit 1\)"):
        unit(engine).up()
    assert [engine.state(name)["Running"] for name in ("ircd", "services", "panel")] == [True, False, False]


def test_only_what_has_nothing_to_lose_is_killed(engine: Engine) -> None:
    """A panel that ignores SIGTERM does not hold up a recovery where the operator has said so, and only there."""
    deaf = "trap '' TERM; while :; do sleep 0.05; done"
    member(engine, "panel", deaf)
    unit(engine).up()
    with pytest.raises(ControlFailed, match="panel still runs"):
        unit(engine, stop_seconds=0.3).down()
    assert unit(engine, stop_seconds=0.3, may_be_killed=["panel"]).down() == ("panel",)


def test_what_shall_be_left_alone_is(engine: Engine) -> None:
    """And what `compose run` has made beside the services is nobody's service."""
    member(engine, "ircd")
    member(engine, "bouncer")
    oneoff = {"com.docker.compose.project": "town", "com.docker.compose.oneoff": "True"}
    engine.run("once", ["sleep", "60"], labels=oneoff)
    assert unit(engine, leave=["bouncer"]).up() == ("ircd",)
    assert unit(engine, leave=["bouncer"]).down() == ("ircd",)
    assert engine.state("once")["Running"]


def test_a_project_without_containers_is_named(engine: Engine) -> None:
    """So is a service that has none: a recovery must not think that it had started it."""
    with pytest.raises(ControlFailed, match="no container belongs to the compose project town"):
        unit(engine).up()
    member(engine, "ircd")
    with pytest.raises(ControlFailed, match="no container for atheme, panel") as caught:
        unit(engine, order=["ircd", "atheme"], leave=["panel"]).up()
    assert "up --no-start" in caught.value.hint
