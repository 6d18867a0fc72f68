"""`[objectives]`: how much may be lost, and how soon all should be back."""

from collections.abc import Mapping
from datetime import timedelta

from pydantic import Field

from bot.settings import Duration, Name, Settings
from core.domain.objective import Aims, Objective
from core.domain.score import Kept


class ObjectiveSettings(Settings):
    """One pair."""

    window: Duration | None = Field(default=None, gt=timedelta(), description="what is newer than this may be lost")
    recovery: Duration | None = Field(default=None, gt=timedelta(), description="within this it should be back")


_NOTHING = ObjectiveSettings()


class ObjectivesSettings(Settings):
    """The whole table."""

    living: ObjectiveSettings = Field(default=_NOTHING, description="databases, and the data folder of an IRCd")
    configuration: ObjectiveSettings = Field(default=_NOTHING, description="all other trees of files")
    whole: ObjectiveSettings = Field(default=_NOTHING, description="everything at once")
    source: dict[Name, ObjectiveSettings] = Field(default={}, max_length=100, description="one source alone")
    offsite: list[Name] | None = Field(
        default=None, max_length=20, description="storages that live on when this host's house burns"
    )

    def aims(self, living: Mapping[str, bool], places: tuple[Kept, ...]) -> Aims:
        """With what was left out. `living`: of each source, whether users change it all day."""
        usual = Aims()
        merged = Aims(
            living=_merged(self.living, usual.living),
            configuration=_merged(self.configuration, usual.configuration),
            whole=_merged(self.whole, usual.whole),
        )
        sources = {
            name: _merged(item, merged.of(name, living=living.get(name, True))) for name, item in self.source.items()
        }
        return Aims(
            living=merged.living,
            configuration=merged.configuration,
            whole=merged.whole,
            sources=sources,
            places=places,
        )


def _merged(settings: ObjectiveSettings, usual: Objective) -> Objective:
    return Objective(window=settings.window or usual.window, recovery=settings.recovery or usual.recovery)
