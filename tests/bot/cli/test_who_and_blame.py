"""who and blame as they are typed: for both formats, for people and for machines."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.bot.cli.test_command_line import VECTORS, Host
from tests.core.registrations.tables.village import BEFORE


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def test_who_had_access_and_what_changed_since(host: Host) -> None:
    host.database.write_bytes((VECTORS / "before.db").read_bytes())
    host.run("backup")
    host.database.write_bytes((VECTORS / "after.db").read_bytes())
    host.run("backup")
    told = host.run("who", "#ALPHA")
    assert told.splitlines()[1] == "  bob +AFORaefhioqrstv (founder)"
    found = json.loads(host.run("who", "#alpha", "latest", "--json"))
    assert (found["channel"], found["hostmasks"]) == ("#alpha", 2)
    assert "`find`" in host.run("who", "#zeta", code=4)
    assert "channel #zeta dropped: founder bob (gone)" in host.run("blame", "#zeta")
    (step,) = json.loads(host.run("blame", "alice", "--all", "--json"))["steps"]
    assert {"kind": "account", "name": "alice", "what": "dropped", "details": []} in step["changes"]
    assert "nothing changed about nobody" in host.run("blame", "nobody")
    host.database.unlink()
    assert "! " in host.run("blame", "nobody", code=6)


def test_tables_answer_as_well(tmp_path: Path) -> None:
    host = Host(tmp_path)
    config = tmp_path / "bot.toml"
    text = config.read_text().replace('kind = "atheme"', 'kind = "sqlite"')
    config.write_text(text.replace('control = { kind = "none" }\n', ""))
    host.database.write_bytes(BEFORE)
    host.run("backup")
    with closing(sqlite3.connect(host.database, isolation_level=None)) as live:
        live.execute("DELETE FROM account_table WHERE name = 'alice'")
    assert "alice" in host.run("who", "#alice", "latest")
    assert "account alice dropped" in host.run("blame", "alice")
