"""What the `[standby]` part of the configuration says: where a living database is kept ready to be lived on."""

from typing import Annotated

from pydantic import Field

from bot.config_sources import ControlSettings
from bot.settings import Name
from core.replica.local import LocalReplicaSettings
from core.replica.sftp import SftpReplicaSettings

Source = Annotated[Name | None, Field(description="which database; default: the services database")]
Old = Annotated[
    ControlSettings | None,
    Field(description="how `promote` on this host stops the services that live elsewhere now"),
]


class LocalStandby(LocalReplicaSettings):
    """`[standby.NAME]` with kind = "local"."""

    source: Source = None
    old: Old = None


class SftpStandby(SftpReplicaSettings):
    """`[standby.NAME]` with kind = "sftp"."""

    source: Source = None
    old: Old = None


StandbySettings = Annotated[LocalStandby | SftpStandby, Field(discriminator="kind")]
