"""How the bot's connection comes onto the lab's network: logged in, an operator, back at once."""

from pathlib import Path

from bot.settings import IrcSettings
from tests.lab.network import Lab


def secret(folder: Path, value: str) -> dict[str, str]:
    """A secret in a file, as the configuration names it."""
    path = folder / value
    path.write_text(value)
    path.chmod(0o600)
    return {"file": str(path)}


def irc_settings(lab: Lab, folder: Path, **more: object) -> IrcSettings:
    """The settings, and what `more` says otherwise."""
    values: dict[str, object] = {
        "server": "localhost",
        "port": lab.tls_port,
        "channel": "#opers",
        "tls": {"ca_file": str(lab.ca)},
        "sasl": {"account": "BackupServ", "password": secret(folder, "BackupServ-password")},
        "oper": {"name": lab.oper[0], "password": secret(folder, lab.oper[1])},
        "reconnect_seconds": 0.3,
    }
    return IrcSettings.model_validate(values | more)
