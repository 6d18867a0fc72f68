"""The fixture `lab`, for every folder of tests whose conftest takes it in."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import require
from tests.lab.network import Ircd, Lab, lay_out
from tests.lab.people import settle as settle_town
from tests.lab.people import settle_accounts

# Ends the daemons of a run that was killed itself: its standard input closes when we die, however we die.
_GUARD = 'read -r _; for file in "$@"; do kill "$(cat "$file")"; done; sleep 1; rm -rf "$0"'


@contextmanager
def running_lab(ircd: Ircd = "inspircd", settle: Callable[[Lab], None] = lambda _: None) -> Iterator[Lab]:
    """A network that runs, in a folder of its own; stopped and gone afterwards. `settle` may change its files first."""
    folder = Path(tempfile.mkdtemp(prefix="backupserv-lab-"))
    folder.chmod(0o755)
    lab = lay_out(folder, ircd)
    settle(lab)
    pidfiles = [str(lab.pidfile), str(lab.ircd_pidfile)]
    guard = subprocess.Popen(
        ["/bin/sh", "-c", _GUARD, str(folder), *pidfiles],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        lab.start_ircd()
        lab.start_services()
        yield lab
    finally:
        lab.stop()
        guard.kill()
        guard.communicate()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """Debian's InspIRCd and Atheme, real and fresh for this module."""
    require("inspircd", "atheme-services")
    with running_lab() as network:
        yield network


@pytest.fixture(scope="module")
def town(lab: Lab) -> Lab:
    """The lab with people, channels and memos in it: see `people.settle`."""
    lab.start_services()
    settle_town(lab)
    lab.save()
    return lab


@pytest.fixture(scope="module")
def ngircd() -> Iterator[Lab]:
    """Debian's ngIRCd and Atheme: a server without tags, without SASL and without WHOX."""
    require("ngircd", "atheme-services")
    with running_lab("ngircd") as network:
        settle_accounts(network)
        yield network
