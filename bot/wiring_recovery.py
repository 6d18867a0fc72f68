"""The `[recovery]` table becomes objects here."""

from bot.config_recovery import RecoverySettings, UnitSettings
from core.control.command_unit import CommandUnit
from core.control.compose import ComposeSettings, ComposeUnit
from core.operations.recovery.terms import Terms
from core.program_ports import Unit


def build_terms(settings: RecoverySettings) -> Terms:
    """What a whole recovery goes by."""
    return Terms(
        objective=settings.objective,
        unit=build_unit(settings.unit) if settings.unit is not None else None,
        order=tuple(settings.order),
        leave=tuple(settings.leave),
    )


def build_unit(settings: UnitSettings) -> Unit:
    """What stops and starts all programs at once."""
    if isinstance(settings, ComposeSettings):
        return ComposeUnit(settings)
    return CommandUnit(settings)
