"""What is configured no more is no trouble for ever."""

from pathlib import Path

from core.domain.notice import Target, Trouble
from core.notices.incident import SETTLES
from core.operations.gone import end_what_is_gone
from core.operations.teller import Teller
from tests.core.operations.world import make_world
from tests.fakes import FakeClock


def test_what_is_there_no_more_ends_when_the_bot_starts_and_all_else_goes_on(tmp_path: Path, clock: FakeClock) -> None:
    """Nobody will look at it again, and nobody could ever say that it is well."""
    world = make_world(tmp_path, clock)
    engine, storage = world.engine, world.engine.repository.name
    engine.teller = Teller(world.state, [Target(name="irc")], clock)
    gone = ["backup/forum", "held/forum", "unscheduled/forum", "drill/forum"]
    gone += ["copy/offsite", "proof/offsite/7q2fk3", "notify/discord", "part/metrics"]
    there = [
        "backup/services",
        "drill/all",
        "notify/irc",
        f"proof/{storage}/7q2fk3",
        "disk/state",
        "irc",
        "alert/X/123456",
    ]
    for cause in (*gone, *there):
        engine.teller.notices.trouble(Trouble(cause=cause, gravity="error", title=cause))
    end_what_is_gone(engine)
    clock.advance(SETTLES.total_seconds())
    engine.teller.notices.tick()
    assert {item.cause for item in engine.teller.notices.incidents()} == set(there)
