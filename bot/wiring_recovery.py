"""The `[recovery]` table becomes objects here."""

from collections.abc import Callable, Sequence

from bot.config_recovery import RecoverySettings, UnitSettings
from bot.config_sources import AthemeSite, SqliteSite
from core.control.command_unit import CommandUnit
from core.control.compose import ComposeSettings, ComposeUnit
from core.operations.recovery.terms import Terms
from core.operations.site import Site
from core.program_ports import Unit


def build_terms(settings: RecoverySettings, sites: Callable[[], Sequence[Site]]) -> Terms:
    """What a whole recovery goes by. `sites` makes those of the configuration anew."""
    return Terms(
        objective=settings.objective,
        unit=build_unit(settings.unit) if settings.unit is not None else None,
        order=tuple(settings.order),
        leave=tuple(settings.leave),
        sites=sites,
    )


def without_gone(settings: AthemeSite | SqliteSite) -> AthemeSite | SqliteSite:
    """The same, where the configuration of services is not there yet: Atheme's defaults hold until it is back."""
    if isinstance(settings, AthemeSite) and settings.config is not None and not settings.config.exists():
        return settings.model_copy(update={"config": None})
    return settings


def build_unit(settings: UnitSettings) -> Unit:
    """What stops and starts all programs at once."""
    if isinstance(settings, ComposeSettings):
        return ComposeUnit(settings)
    return CommandUnit(settings)
