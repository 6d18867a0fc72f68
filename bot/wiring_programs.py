"""How running programs are reached: the part of the composition root that stops, starts and reloads them."""

from bot.config_sources import AskIrcSettings, AskSettings, ControlSettings, ReloadSettings
from core.control.command import CommandControl, CommandSettings
from core.control.docker import DockerControl, DockerSettings
from core.control.docker_signal import AskDockerSettings, DockerServices
from core.control.jsonrpc import JsonRpcServices, JsonRpcSettings
from core.control.none import NoControl
from core.control.pidfile import PidfileControl, PidfileSettings
from core.control.reload_command import CommandReload, ReloadCommandSettings
from core.control.reload_docker import DockerReload, ReloadDockerSettings
from core.control.reload_signal import ReloadSignalSettings, SignalReload
from core.control.reload_systemd import SystemdReload
from core.control.reload_unrealircd import UnrealircdReload, UnrealircdReloadSettings
from core.control.save_command import CommandServices, SaveCommandSettings
from core.control.silent import SilentServices
from core.control.systemd import SystemdControl, SystemdSettings
from core.ports import Control, Services
from core.program_ports import Reload


def build_control(settings: ControlSettings) -> Control:
    """How a program is stopped and started."""
    if isinstance(settings, CommandSettings):
        return CommandControl(settings)
    if isinstance(settings, DockerSettings):
        return DockerControl(settings)
    if isinstance(settings, PidfileSettings):
        return PidfileControl(settings)
    if isinstance(settings, SystemdSettings):
        return SystemdControl(settings)
    return NoControl()


def build_reload(settings: ReloadSettings) -> Reload:
    """How a program is asked to read its files again."""
    if isinstance(settings, ReloadCommandSettings):
        return CommandReload(settings)
    if isinstance(settings, ReloadDockerSettings):
        return DockerReload(settings)
    if isinstance(settings, ReloadSignalSettings):
        return SignalReload(settings)
    if isinstance(settings, UnrealircdReloadSettings):
        return UnrealircdReload(settings)
    return SystemdReload(settings)


def build_services(ask: AskSettings, irc_services: Services | None) -> Services:
    """How services are asked to save."""
    if isinstance(ask, AskIrcSettings):
        return irc_services or SilentServices()
    if isinstance(ask, AskDockerSettings):
        return DockerServices(ask)
    if isinstance(ask, JsonRpcSettings):
        return JsonRpcServices(ask)
    if isinstance(ask, SaveCommandSettings):
        return CommandServices(ask)
    return SilentServices()
