"""What every restore of a whole thing stands on: where copies are, where its record goes, who looks at the clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.erasure import Tombstones
from core.operations.restore_record import RestoreFolder
from core.operations.site import Site, TreeSite
from core.ports import Clock, Journal
from core.program_ports import Handshake
from core.repository.ledger import Ledger
from core.repository.repository import Repository


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The collaborators of one engine."""

    sites: Sequence[Site]
    trees: Sequence[TreeSite]
    repository: Repository
    ledger: Ledger
    folder: RestoreFolder
    tombstones: Tombstones
    journal: Journal
    clock: Clock
    handshake: Handshake
    state_dir: Path  # private: for what is unpacked to be looked at
