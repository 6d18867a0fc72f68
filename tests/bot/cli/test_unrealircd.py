"""UnrealIRCd's data folder at the command line: counted, told where it is damaged, brought back while it is down."""

import json
import os
import shutil
from pathlib import Path

import pytest

from tests import unrealdb
from tests.bot.cli.test_command_line import Host

REAL = Path(__file__).parents[2] / "vectors" / "unrealircd"


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """With what UnrealIRCd 6.1.8.1 wrote, as if it were of this minute."""
    host = Host(tmp_path)
    shutil.copytree(REAL, tmp_path / "data")
    shutil.rmtree(tmp_path / "data" / "history")
    for path in (tmp_path / "data").iterdir():
        os.utime(path)
    config = tmp_path / "bot.toml"
    config.write_text(f"""\
{config.read_text()}
[sources.ircd]
kind = "unrealircd"
root = "{tmp_path}/data"
secret = {{ file = "{tmp_path}/unrealdb.password" }}
control = {{ kind = "none" }}
""")
    (tmp_path / "unrealdb.password").write_text(unrealdb.SECRET)
    (tmp_path / "unrealdb.password").chmod(0o600)
    return host


def tail(host: Host) -> str:
    """The newest snapshot of it."""
    listed = json.loads(host.run("snapshots", "--json"))
    return max(item["id"] for item in listed if item["source"] == "ircd").rpartition("-")[2]  # type: ignore[no-any-return]  # JSON


def test_it_is_counted_saved_and_proven(host: Host, tmp_path: Path) -> None:
    checked = next(line for line in host.run("check").splitlines() if "source ircd" in line)
    assert "6 bans · 2 channels · 1 exception" in checked
    assert "warning" not in checked
    host.run("backup")
    assert "6 bans" in host.run("verify", tail(host))
    encrypted = unrealdb.encrypted(unrealdb.bans([unrealdb.gline(b"a.example")]))
    (tmp_path / "data" / "tkl.db").write_bytes(encrypted)
    assert "1 ban · " in next(line for line in host.run("check").splitlines() if "source ircd" in line)


def test_a_damaged_one_is_told_by_name_and_saved(host: Host, tmp_path: Path) -> None:
    content = (tmp_path / "data" / "tkl.db").read_bytes()
    (tmp_path / "data" / "tkl.db").write_bytes(content[:300])
    told = "tkl.db: it ends within record 4 of 9"
    assert told in host.run("check", code=1)
    assert told in host.run("backup")
    assert told in host.run("verify", tail(host))
    assert "UnrealIRCd would forget" in host.run("inspect", str(tmp_path / "data" / "tkl.db"), code=2)


def test_bans_come_back_and_damaged_ones_do_not(host: Host, tmp_path: Path) -> None:
    """Where control is none the operator says that it is down."""
    lies = tmp_path / "data" / "tkl.db"
    before = lies.read_bytes()
    host.run("backup")
    good = tail(host)
    lies.write_bytes(unrealdb.plain(unrealdb.bans([unrealdb.gline(b"a.example")])))
    lies.chmod(0o600)
    now = lies.read_bytes()
    planned = host.run("restore", "ircd", "--dry-run")
    assert "bans 1 → 6" in planned
    assert "it must be down until it is done" in planned
    host.run("restore", "ircd", "tkl.db", "--yes")
    assert lies.read_bytes() == before
    code = next((tmp_path / "state" / "restores").iterdir()).name
    host.run("undo", code, "--yes")
    assert lies.read_bytes() == now
    lies.write_bytes(before[:300])
    host.run("backup")
    lies.write_bytes(now)
    assert "tkl.db of the snapshot is damaged" in host.run("restore", "ircd", "--yes", code=3)
    assert lies.read_bytes() == now
    host.run("restore", "ircd", "--from", good, "--yes")
    assert lies.read_bytes() == before
