"""Failure to plan for: the only key of the safe lies in the safe."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.operations.escrow import Keyholding

HOST, STICK = Path("/var/lib/backupserv/host.key"), Path("/etc/irc/keys/second.key")
RECOVERY = Path("/var/lib/backupserv/recovery.key")
STORAGES = {"disk": Path("/var/lib/backupserv/repository"), "nas": Path("/mnt/nas")}
DATABASE = {"services": Path("/var/lib/atheme/services.db")}
STATE = {"state": Path("/var/lib/backupserv")}


def told(
    *identities: Path, recovery: Path | None = None, recipients: int = 2, captured: dict[str, Path] | None = None
) -> list[tuple[bool, str]]:
    holding = Keyholding(
        identities=identities,
        recovery=recovery,
        recipients=recipients,
        storages=STORAGES,
        captured=DATABASE | (captured or {}),
    )
    return [(finding.refused, finding.text) for finding in holding.findings()]


@pytest.mark.parametrize(
    ("case", "refused"),
    [
        ({"identities": (HOST,)}, []),
        ({"identities": ()}, []),
        ({"identities": (Path("/mnt/nas/host.key"),)}, ["inside the storage nas"]),
        ({"identities": (Path("/mnt/nasty/host.key"),)}, []),
        ({"identities": (HOST,), "captured": STATE}, []),  # the recovery key is elsewhere
        ({"identities": (HOST,), "captured": STATE, "recovery": RECOVERY}, ["only copies"]),
        ({"identities": (HOST,), "captured": STATE, "recovery": RECOVERY, "recipients": 3}, []),
        ({"identities": (HOST, STICK), "captured": STATE}, []),  # the second one is not in it
        ({"identities": (HOST, STICK), "captured": STATE | {"conf": Path("/etc/irc")}}, ["only copies"]),
        ({"identities": (HOST,), "captured": {"key": HOST}, "recipients": 1}, ["only copies"]),
        ({"identities": (), "captured": STATE, "recovery": RECOVERY}, []),  # the other one is elsewhere
        ({"identities": (HOST,), "recovery": Path("/mnt/nas/x/recovery.key")}, ["inside the storage nas"]),
        ({"identities": (Path("/mnt/nas/k"),), "captured": {"all": Path("/mnt")}, "recipients": 1}, ["nas", "only"]),
    ],
)
def test_a_backup_that_nobody_could_open_is_refused(case: dict[str, object], refused: list[str]) -> None:
    """And one that anybody could, who gets hold of the copies; everything else goes on."""
    arguments = dict(case)
    identities = arguments.pop("identities")
    found = [text for is_refused, text in told(*identities, **arguments) if is_refused]  # type: ignore[misc, arg-type]  # the table's values are of many kinds
    assert len(found) == len(refused)
    for text, words in zip(found, refused, strict=True):
        assert words in text


def test_one_file_that_holds_both_identities_is_noticed() -> None:
    """Counted are recipients that are opened, not files: nothing is left outside of this host."""
    holding = Keyholding(
        identities=(HOST,), recovery=None, recipients=2, storages=STORAGES, captured=DATABASE, opened=2
    )
    assert holding.elsewhere == 0
    assert [(finding.refused, finding.text) for finding in holding.findings()] == [
        (False, "every key that opens the snapshots lies on this host, and is lost with it")
    ]
    inside = replace(holding, captured=STATE)
    assert [finding.refused for finding in inside.findings()] == [True]


def test_a_recovery_key_that_is_still_here_is_looked_at_and_not_refused() -> None:
    """Right after the first start it has to be somewhere."""
    assert told(HOST, recovery=RECOVERY) == [(False, f"the recovery key still lies on this host ({RECOVERY})")]
