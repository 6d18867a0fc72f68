"""kill -9 while an incident is opened or closed: it is told where it stands, and the next try brings it to its end."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from core.crypto.age import generate_identity, write_identity
from tests import warm
from tests.conftest import require
from tests.faults.killing import kill_points

pytestmark = [pytest.mark.fault, pytest.mark.timeout(300)]

VECTORS = Path(__file__).parents[1] / "vectors" / "atheme"


class Host:
    """One that has a snapshot, and somebody who types."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copy(VECTORS / "before.db", folder / "services.db")
        identity, recipient = generate_identity()
        write_identity(folder / "host.key", identity)
        (folder / "bot.toml").write_text(f"""\
state_dir = "{folder}/state"
network = {{ name = "N", host = "h" }}
keys = {{ recipients = ["{recipient}", "{generate_identity()[1]}"], identity = "{folder}/host.key" }}
storage.disk = {{ kind = "local", path = "{folder}/repository" }}
[sources.services]
kind = "atheme"
database = "{folder}/services.db"
casemapping = "rfc1459"
control = {{ kind = "none" }}
""")
        (folder / "bot.toml").chmod(0o600)
        self.good("backup")

    def words(self, *words: str) -> list[str]:
        return ["--config", str(self.folder / "bot.toml"), "--quiet", "--json", *words]

    def good(self, *words: str) -> str:
        done = warm.run(*self.words(*words))
        assert done.code == 0, (words, done.err)
        return done.out

    def keep(self) -> None:
        """As it is now is how it will be again."""
        for name in ("state", "repository"):
            shutil.rmtree(self.folder / f"{name}.kept", ignore_errors=True)
            shutil.copytree(self.folder / name, self.folder / f"{name}.kept")

    def again(self) -> None:
        for name in ("state", "repository"):
            shutil.rmtree(self.folder / name)
            shutil.copytree(self.folder / f"{name}.kept", self.folder / name)

    def cases(self) -> list[dict[str, object]]:
        found: list[dict[str, object]] = json.loads(self.good("incident", "list"))
        return found

    def told(self) -> dict[str, object]:
        found: dict[str, object] = json.loads(warm.run(*self.words("status")).out)
        return found


def test_a_kill_anywhere_in_its_opening_is_told_and_gone_on_with(tmp_path: Path) -> None:
    require("strace")
    host = Host(tmp_path)
    host.keep()
    command = [sys.executable, "-m", "bot", *host.words("incident", "open", "it burns")]
    steps = set[object]()
    for call, number in kill_points(command, host.again, calls=("fsync",), stride=4):
        before = host.cases()
        steps.update(case["step"] for case in before)
        if not before:
            host.good("incident", "open", "it burns")
        elif before[0]["step"] == "opening":
            assert "`incident open` goes on" in str(host.told()["troubles"]), (call, number)
            host.good("incident", "open")
        (case,) = host.cases()
        assert (case["step"], case["title"], case["pinned"], case["troubles"]) == ("open", "it burns", 1, [])
        assert f"incident {case['id']} is open" in str(host.told()["frozen"])
    assert "opening" in steps


def test_a_kill_anywhere_in_its_closing_is_told_and_gone_on_with(tmp_path: Path) -> None:
    require("strace")
    host = Host(tmp_path)
    host.good("incident", "open", "it burns")
    host.keep()
    command = [sys.executable, "-m", "bot", *host.words("incident", "close", "it is out")]
    steps = set[object]()
    for call, number in kill_points(command, host.again, calls=("fsync",), stride=2):
        (before,) = host.cases()
        steps.add(before["step"])
        if before["step"] == "closing":
            assert "`incident close` goes on" in str(host.told()["troubles"]), (call, number)
        if before["step"] != "closed":
            host.good("incident", "close", "it is out")
        (case,) = host.cases()
        assert (case["step"], case["notes"]) == ("closed", 1), (call, number)
        told = host.told()
        assert (told["frozen"], told["incident"], told["pinned"]) == (None, None, 1)
    assert "closing" in steps
