"""kill -9 while somebody is being forgotten: the next answer is before or after, and never doubt."""

import shutil
import sys
from pathlib import Path

import pytest

from core.crypto.age import generate_identity, write_identity
from core.erasure import Tombstones
from tests import warm
from tests.conftest import require
from tests.faults.killing import kill_points

pytestmark = [pytest.mark.fault, pytest.mark.timeout(600)]

VECTORS = Path(__file__).parents[1] / "vectors" / "atheme"
ALICE = (b"AAAAAAAAC", b"1795396558")


def test_a_kill_anywhere_leaves_somebody_forgotten_or_not_yet(tmp_path: Path) -> None:
    """Nothing blocks the restores of everybody else, and the next try forgets her for good."""
    require("strace")
    shutil.copy(VECTORS / "before.db", tmp_path / "services.db")
    identity, recipient = generate_identity()
    write_identity(tmp_path / "host.key", identity)
    (tmp_path / "bot.toml").write_text(f"""\
state_dir = "{tmp_path}/state"
network = {{ name = "N", host = "h" }}
keys = {{ recipients = ["{recipient}", "{generate_identity()[1]}"], identity = "{tmp_path}/host.key" }}
storage.disk = {{ kind = "local", path = "{tmp_path}/repository" }}
[sources.services]
kind = "atheme"
database = "{tmp_path}/services.db"
casemapping = "rfc1459"
control = {{ kind = "none" }}
""")
    command = [sys.executable, "-m", "bot", "--config", str(tmp_path / "bot.toml"), "--quiet", "forget", "alice"]
    state, answers = tmp_path / "state", set()
    for call, number in kill_points([*command, "--yes"], lambda: shutil.rmtree(state, ignore_errors=True), stride=2):
        answers.add(Tombstones(state).account(*ALICE) != "")
        again = warm.run(*command[3:], "--yes")
        assert again.code == 0, (call, number, again.err)
        assert Tombstones(state).account(*ALICE)
        assert len(Tombstones(state).forgotten().tombstones) == 1
    assert answers == {True, False}
