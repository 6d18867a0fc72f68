"""Standbys of one configuration. Called from `bot.wiring` alone."""

from collections.abc import Sequence
from pathlib import Path

from bot.config_standby import LocalStandby, StandbySettings
from bot.wiring_programs import build_control
from core.operations.site import Site
from core.operations.standby import Standby
from core.operations.standbys import Standbys
from core.ports import Clock, Journal
from core.replica.local import LocalReplica
from core.replica_port import Replica
from core.repository.ledger import Ledger
from core.repository.repository import Repository


def build_standbys(
    settings: dict[str, StandbySettings],
    *,
    sites: Sequence[Site],
    repository: Repository,
    ledger: Ledger,
    journal: Journal,
    state_dir: Path,
    clock: Clock,
) -> Standbys | None:
    """All of them; None where there is none."""
    if not settings:
        return None
    standbys = [
        Standby(
            name=name,
            source=one.source or sites[0].name,
            replica=build_replica(one),
            owner=one.owner or "" if isinstance(one, LocalStandby) else "",
            old=build_control(one.old) if one.old is not None else None,
        )
        for name, one in settings.items()
    ]
    return Standbys(
        standbys=standbys,
        sites=sites,
        repository=repository,
        ledger=ledger,
        journal=journal,
        state_dir=state_dir,
        clock=clock,
    )


def build_replica(settings: StandbySettings) -> Replica:
    """The file, wherever it lies."""
    if isinstance(settings, LocalStandby):
        return LocalReplica(settings)
    from core.replica.sftp import SftpReplica  # noqa: PLC0415 — start-up time is a promise

    return SftpReplica(settings)
