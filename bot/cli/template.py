"""The text of a configuration: the one source of `bot.example.toml` and of what `init` writes."""

import json
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Self

from bot.cli.looking import Found
from bot.cli.template_guards import GUARDS
from bot.cli.template_http import HTTP
from bot.cli.template_irc import IRC
from bot.cli.template_log import LOG
from bot.cli.template_notify import NOTIFY
from bot.cli.template_objectives import OBJECTIVES
from bot.cli.template_recovery import RECOVERY
from bot.cli.template_reminders import REMINDERS
from bot.cli.template_retention import RETENTION
from bot.cli.template_saves import SAVES
from bot.cli.template_schedule import SCHEDULE
from bot.cli.template_sources import SOURCES
from bot.cli.template_standby import STANDBY
from bot.cli.template_storages import STORAGES
from bot.cli.template_trees import TREES

_HEAD = """\
# BackupServ. Every key with its meaning; what is commented out shows its default.
# `backupserv check` proves it, and names every mistake at once.

# Proofs, audit trail, and the database as it was before each restore. For the bot's user alone.
state_dir = $state

[network]
name = "ExampleNet"             # the folder of this network in the repository
# host = "services1"            # the folder of this host; default: its host name

[keys]
# To whom snapshots are sealed (age): this host, and a recovery key that is kept somewhere else.
recipients = [
  $host_recipient,
  $recovery_recipient,
]
# Opens them on this host: needed to verify and to restore. Without it the host only seals.
identity = $identity
# passphrase = { file = "/etc/backupserv/identity.passphrase" }   # where `age -p` sealed that file
# Signs every snapshot; without it they are not signed.
signing = $signing
# Whose snapshots count: those of another host too. Default: this host's own.
trusted = [$trusted]

"""
_PARTS = (
    *(STORAGES, SOURCES, STANDBY, RETENTION, RECOVERY, OBJECTIVES, TREES, NOTIFY),
    *(SCHEDULE, GUARDS, REMINDERS, SAVES, HTTP, LOG, IRC),
)
_TEXT = Template(_HEAD + "".join(_PARTS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """What differs from host to host."""

    state: Path
    recipients: tuple[str, str]
    trusted: str
    repository: Path
    database: Path
    atheme_conf: Path
    pid_file: Path
    program: Path
    user: str
    start: tuple[str, ...]

    @classmethod
    def of(cls, found: Found, *, state: Path, recipients: tuple[str, str], trusted: str) -> Self:
        """From what was found; where nothing was, Debian's places."""
        atheme = found.atheme
        return cls(
            state=state,
            recipients=recipients,
            trusted=trusted,
            repository=state / "repository",
            database=atheme.database if atheme else Path("/var/lib/atheme/services.db"),
            atheme_conf=atheme.config if atheme else Path("/etc/atheme/atheme.conf"),
            pid_file=atheme.pid_file if atheme else Path("/run/atheme/atheme.pid"),
            program=atheme.program if atheme else Path("/usr/bin/atheme-services"),
            user=atheme.user if atheme else "irc",
            start=("systemctl", "start", "atheme-services"),
        )


EXAMPLE = Values.of(
    Found(atheme=None, ircds=()),
    state=Path("/var/lib/backupserv"),
    recipients=(
        "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq",
        "age1pppppppppppppppppppppppppppppppppppppppppppppppppppppppppp",
    ),
    trusted="RWQnryJkIjQ/QRrTDmrpOetyqZPytesj2eIeT83cUGS1UUY6c+Tq6nW+",
)


def render(values: Values) -> str:
    """The configuration's text."""
    quoted = {
        "state": values.state,
        "host_recipient": values.recipients[0],
        "recovery_recipient": values.recipients[1],
        "identity": values.state / "host.key",
        "signing": values.state / "signing.key",
        "trusted": values.trusted,
        "repository": values.repository,
        "database": values.database,
        "atheme_conf": values.atheme_conf,
        "pid_file": values.pid_file,
        "program": values.program,
        "user": values.user,
    }
    # A JSON string is a TOML string.
    words = {name: json.dumps(str(value), ensure_ascii=False) for name, value in quoted.items()}
    return _TEXT.substitute(words, start=", ".join(json.dumps(word) for word in values.start))


if __name__ == "__main__":
    print(render(EXAMPLE), end="")
