"""A small world in which drills can be tried."""

from dataclasses import replace
from pathlib import Path

from core.program_ports import Boot
from tests.core.operations.world import World, make_world
from tests.fakes import FakeClock, RecordingProgress


def drilled_world(tmp_path: Path, clock: FakeClock, content: bytes) -> World:
    """With one snapshot, of that content."""
    world = make_world(tmp_path, clock)
    world.database.write_bytes(content)
    world.engine.back_up(reason="test", progress=RecordingProgress())
    return world


def with_boot(world: World, boot: Boot | None) -> World:
    """The same, with a program that boots."""
    world.engine.sites = (replace(world.engine.site, boot=boot), *world.engine.sites[1:])
    return world
