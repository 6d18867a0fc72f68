"""What `check` calls good it has seen."""

from dataclasses import dataclass, replace

import pytest

from core.domain.errors import BackupServError, ControlFailed
from core.operations.check import probes
from core.operations.engine import Engine
from core.ports import Progress
from core.sources.atheme import AthemeSettings, AthemeSource
from tests.core.operations.world import AFTER, World


@dataclass
class Asked:
    """Services that save when they are asked, or cannot be reached."""

    world: World
    reachable: bool = True
    can_save: bool = True

    def request_save(self) -> None:
        if not self.reachable:
            raise ControlFailed("the engine cannot be reached")
        new = self.world.database.with_suffix(".new")
        new.write_bytes(AFTER)
        new.replace(self.world.database)

    def answers(self) -> bool | None:
        return None


def asked(world: World, services: Asked) -> Engine:
    settings = AthemeSettings(kind="atheme", database=world.database, casemapping="rfc1459")
    source = AthemeSource(name="services", settings=settings, services=services, clock=world.clock)
    world.engine.sites = (replace(world.engine.site, source=source, services=services),)
    return world.engine


def found(engine: Engine, name: str) -> str:
    """What a probe says; those before it are asked first, as `check` does."""
    for probe, look in probes(engine):
        try:
            said = look()
        except BackupServError as error:
            said = f"FAIL {error}"
        if probe == name:
            return said
    raise LookupError(name)


@pytest.mark.parametrize("reachable", [True, False])
def test_asking_services_is_good_only_where_they_saved(world: World, progress: Progress, *, reachable: bool) -> None:
    del progress
    said = found(asked(world, Asked(world, reachable=reachable)), "asking services to save")
    assert said.startswith("works" if reachable else "FAIL not seen to work: source services failed")
