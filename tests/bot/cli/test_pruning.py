"""Retention on the command line: what would go is shown, nothing goes unasked, and what people keep stays."""

import json
import shutil
from pathlib import Path

import pytest

from bot.cli.main import main
from tests.bot.cli.test_command_line import VECTORS, Host


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
