"""Retention on the command line: what would go is shown, nothing goes unasked, and what people keep stays."""

import json
import shutil
from pathlib import Path

import pytest

from bot.cli.main import main
from tests.bot.cli.test_command_line import VECTORS, Host
from tests.core.operations.test_standby import without_people


class Shop(Host):
    """A host with four snapshots of which a policy wants the last one; verbs run in this process."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        super().__init__(folder)
        self._capsys = capsys
        rules = "".join(f"{name} = 0\n" for name in ("hourly", "daily", "weekly", "monthly"))
        config = folder / "bot.toml"
        config.write_text(f'{config.read_text()}\n[retention]\nkeep_last = 1\nwithin = "0m"\n{rules}')
        for name in ("before", "after", "before", "after"):
            shutil.copy(VECTORS / f"{name}.db", self.database)
            self.verb("backup")

    def verb(self, *words: str, code: int = 0) -> str:
        assert main(["--config", str(self.folder / "bot.toml"), "--quiet", *words]) == code
        told = self._capsys.readouterr()
        return told.out + told.err

    def ids(self) -> list[str]:
        return [item["id"] for item in json.loads(self.verb("snapshots", "--json"))]


@pytest.fixture
def shop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shop:
    return Shop(tmp_path, capsys)


def test_a_plan_is_shown_and_nothing_goes_unasked(shop: Shop) -> None:
    before = shop.files()
    plan = json.loads(shop.verb("retention", "--json"))
    (source,) = plan["storages"][0]["sources"]
    doomed = [item for item in source["snapshots"] if not item["stays"]]
    assert doomed
    told = shop.verb("retention", "plan")
    assert f"prune: {len(doomed)} of 4 snapshots go" in told
    assert "· newest 1 · proven 1 · last 1" in told
    everything = shop.verb("retention", "--all")
    assert f"- disk services {doomed[0]['id'][-6:]}" in everything
    assert "= disk services" in everything
    assert "newest proven to level 1 · one of the last 1" in everything
    assert f"prune: {len(doomed)} of 4" in shop.verb("prune", "--dry-run")
    assert "--yes agrees" in shop.verb("prune", code=3)
    assert json.loads(shop.verb("prune", "--dry-run", "--json"))["done"] is False
    assert shop.files() == before


def test_what_is_agreed_to_goes_and_the_rest_is_good(shop: Shop) -> None:
    done = json.loads(shop.verb("prune", "--yes", "--json"))
    assert done["done"]
    assert done["failures"] == []
    removed = done["storages"][0]["removed"]
    assert len(shop.ids()) == 4 - removed < 4
    assert "is good" in shop.verb("verify")
    assert "nothing goes" in shop.verb("prune", "--yes")


def test_pins_and_frost_are_told_and_end(shop: Shop) -> None:
    middle = shop.ids()[1]
    shop.verb("pin", middle[-6:], "the", "merger")
    assert f"pinned: {middle}" in shop.verb("retention")
    assert "pinned: the merger" in shop.verb("retention", "--all")
    assert json.loads(shop.verb("status", "--json"))["pinned"] == 1
    shop.verb("prune", "--yes")
    assert middle in shop.ids()
    assert "frozen: looking" in shop.verb("freeze", "looking")
    assert "frozen: looking (by" in shop.verb("prune", "--yes")
    assert "it was frozen: looking" in shop.verb("thaw")
    assert "nothing is frozen" in shop.verb("thaw", code=3)
    assert json.loads(shop.verb("unpin", middle, "--json")) == {"unpinned": middle}
    assert "is not pinned" in shop.verb("unpin", middle, code=4)
    assert "no snapshot has that id" in shop.verb("pin", "zzzzzz", "x", code=4)


def test_a_save_that_lost_everybody_is_held_until_it_is_released(shop: Shop) -> None:
    """Told by the backup with its exit code, by the list, by the status; nothing goes; a release ends it."""
    shop.database.write_bytes(without_people())
    told = shop.verb("backup", code=1)
    held = shop.ids()[0]
    assert f"! if so much was meant to go: backupserv release {held[-6:]}" in told
    assert f"snapshot {held[-6:]} of services is held: it has 0 accounts" in shop.verb("status", code=1)
    assert "HELD" in shop.verb("snapshots").splitlines()[0]
    assert json.loads(shop.verb("snapshots", "--json"))[0]["held"].startswith("it has 0 accounts")
    assert "nothing goes, 5 snapshots stay" in shop.verb("prune", "--dry-run")
    assert "services " + shop.ids()[1][-6:] in shop.verb("restore", "database", "--dry-run")
    assert "is held no more" in shop.verb("release", held[-6:])
    assert "is not held" in shop.verb("release", held, code=3)
    assert "is held" not in shop.verb("status")
    assert "nothing goes" not in shop.verb("prune", "--dry-run")
