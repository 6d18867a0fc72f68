"""The status says what guards found, once, and is not OK while it is so."""

import pytest

from core.domain.notice import Gravity, Target, Trouble
from core.guards.guard import Guard
from core.guards.watch import look
from core.operations.teller import Teller
from tests.core.operations.test_standby import without_people
from tests.core.operations.world import World
from tests.fakes import RecordingProgress


def _trouble(cause: str, title: str, gravity: Gravity = "warning", suggestion: str = "") -> Trouble:
    return Trouble(cause=cause, gravity=gravity, title=title, suggestion=suggestion)


@pytest.fixture
def watched(world: World) -> World:
    world.engine.teller = Teller(world.state, [Target(name="opers")], world.clock)
    world.engine.back_up(reason="test", progress=RecordingProgress())
    return world


def _look(world: World, *found: Trouble) -> tuple[str, ...]:
    names = ("disk", "copy", "proof", "slow")
    world.engine.watched(look([Guard(name=name, look=lambda: ()) for name in names]))
    for trouble in found:
        world.engine.teller.notices.trouble(trouble)
    return world.engine.status().troubles


def test_what_a_guard_found_is_said_until_it_is_found_no_more(watched: World) -> None:
    full = _trouble("disk/state", "/var/lib/x/state: 3 B free", "error", "df -h")
    assert _look(watched, _trouble("slow/a", "a is slow"), full) == ("…/state: 3 B free; df -h", "a is slow")
    assert not watched.engine.status().ok
    watched.engine.teller.notices.ack("disk/state", "alice")
    assert watched.engine.status().troubles[0] == "…/state: 3 B free (alice knows); df -h"
    assert _look(watched, _trouble("slow/a", "all is well with a", "info")) == ()
    assert watched.engine.status().ok


def test_what_the_status_sees_itself_is_said_once(watched: World) -> None:
    watched.database.write_bytes(without_people())
    watched.clock.advance(60)
    watched.engine.back_up(reason="test", progress=RecordingProgress())
    (said,) = watched.engine.status().troubles
    assert "is held" in said
    watched.program.running = False
    known = "services are not running"
    troubles = _look(watched, _trouble("program/services", known), _trouble("copy/s3", "copy s3 is behind"))
    assert troubles.count(known) == 1
    assert troubles[-1] == "copy s3 is behind"
    assert watched.engine.status().troubles == troubles


def test_many_are_bounded_and_the_gravest_come_first(watched: World) -> None:
    many = [_trouble(f"slow/{number}", f"{number} is slow") for number in range(20)]
    troubles = _look(watched, *many, _trouble("disk/state", "it is full", "emergency"))
    assert troubles[0] == "it is full"
    assert (len(troubles), troubles[-1]) == (13, "… and 9 more: !alerts")


def test_what_cannot_be_read_is_trouble(watched: World) -> None:
    watched.engine.teller.notices.close()
    (watched.state / "outbox.sqlite").write_bytes(b"not a database at all, but long enough to look at it" * 20)
    (trouble,) = watched.engine.status().troubles
    assert trouble.startswith("what is wrong is not known: ")
