"""How running programs are reached: the part of the composition root that stops, starts and reloads them."""

from bot.config_sources import ControlSettings, ReloadSettings
from core.control.command import CommandControl, CommandSettings
from core.control.none import NoControl
from core.control.pidfile import PidfileControl, PidfileSettings
from core.control.reload_command import CommandReload, ReloadCommandSettings
from core.control.reload_signal import ReloadSignalSettings, SignalReload
from core.control.reload_systemd import SystemdReload
from core.control.systemd import SystemdControl, SystemdSettings
from core.ports import Control
from core.program_ports import Reload


def build_control(settings: ControlSettings) -> Control:
    """How a program is stopped and started."""
    if isinstance(settings, CommandSettings):
        return CommandControl(settings)
    if isinstance(settings, PidfileSettings):
        return PidfileControl(settings)
    if isinstance(settings, SystemdSettings):
        return SystemdControl(settings)
    return NoControl()


def build_reload(settings: ReloadSettings) -> Reload:
    """How a program is asked to read its files again."""
    if isinstance(settings, ReloadCommandSettings):
        return CommandReload(settings)
    if isinstance(settings, ReloadSignalSettings):
        return SignalReload(settings)
    return SystemdReload(settings)
