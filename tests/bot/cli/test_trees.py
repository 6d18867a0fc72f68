"""Trees at the command line: saved beside the database, proven, copied, and brought out again."""

import json
from pathlib import Path

import pytest

from tests.bot.cli.test_command_line import Host


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """A host with a tree of configuration, and a copy in another folder."""
    host = Host(tmp_path)
    (tmp_path / "etc" / "conf").mkdir(parents=True)
    (tmp_path / "etc" / "unrealircd.conf").write_text("me { name irc.example.test; }\n")
    (tmp_path / "etc" / "conf" / "opers.conf").write_text("oper alice { }\n")
    (tmp_path / "etc" / "ircd.pid").write_text("1234\n")
    config = tmp_path / "bot.toml"
    config.write_text(f"""\
{config.read_text()}
[sources.config]
kind = "files"
folder = "config"
root = "{tmp_path}/etc"
[storage.far]
kind = "local"
path = "{tmp_path}/far"
""")
    return host


def test_a_tree_is_saved_copied_proven_and_brought_out(host: Host, tmp_path: Path) -> None:
    """From the repository and from the copy; the whole, and one path of it."""
    said = host.run("backup")
    assert "of config: 2 files" in said
    assert "2 snapshots copied to far" in said
    (tmp_path / "etc" / "conf" / "links.conf").write_text("link hub { }\n")
    assert "new" in next(line for line in host.run("backup").splitlines() if "of config" in line)
    listed = json.loads(host.run("snapshots", "--json"))
    assert sorted((item["source"], item["rank"]) for item in listed if item["source"] == "config") == [
        ("config", "full"),
        ("config", "save"),
    ]
    for place in ("disk", "far"):
        assert "3 of 3 snapshots are good" in host.run("verify", "all", "--on", place)
        out = tmp_path / f"out-{place}"
        host.run("extract", "latest", "--source", "config", "--on", place, "--to", str(out))
        assert {path.name for path in (out / "config").rglob("*.conf")} == {
            "unrealircd.conf", "opers.conf", "links.conf",
        }  # fmt: skip
    host.run("extract", "latest", "--source", "config", "--path", "conf/opers.conf", "--to", str(tmp_path / "one"))
    assert [path.name for path in (tmp_path / "one").rglob("*") if path.is_file()] == ["opers.conf"]


def test_one_tree_is_proven_by_its_id_and_what_is_not_in_it_is_not_found(host: Host, tmp_path: Path) -> None:
    host.run("backup")
    tree = next(item for item in json.loads(host.run("snapshots", "--json")) if item["source"] == "config")
    assert "2 files, every byte of them" in host.run("verify", tree["id"].rpartition("-")[2])
    assert "ircd.pid" in host.run("extract", tree["id"], "--path", "ircd.pid", "--to", str(tmp_path / "out"), code=4)


def test_what_is_wrong_with_the_sources_is_told_with_all_else(host: Host, tmp_path: Path) -> None:
    config = tmp_path / "bot.toml"
    config.write_text(config.read_text().replace(f'root = "{tmp_path}/etc"', 'root = "etc"\nbases = ["hour", "week"]'))
    said = host.run("backup", code=2)
    assert "sources.config" in said
    assert "absolute" in said


def test_a_tree_that_cannot_be_read_keeps_neither_the_database_nor_its_copy_waiting(host: Host, tmp_path: Path) -> None:
    (tmp_path / "etc").rename(tmp_path / "gone")
    said = host.run("backup", code=6)
    assert "config was not saved" in said
    listed = json.loads(host.run("snapshots", "--json"))
    assert [item["source"] for item in listed] == ["services"]
    assert "1 of 1 snapshots are good" in host.run("verify", "all", "--on", "far")


def test_files_come_back_in_place_and_go_again_as_far_as_somebody_says(host: Host, tmp_path: Path) -> None:
    """What was changed since the restore stays at an undo, which names the word that takes it back too."""
    opers = tmp_path / "etc" / "conf" / "opers.conf"
    host.run("backup")
    opers.write_text("oper mallory { }\n")
    code = json.loads(host.run("restore", "files", "conf/opers.conf", "--yes", "--json"))["id"]
    assert opers.read_text() == "oper alice { }\n"
    opers.write_text("oper bob { }\n")
    assert "`--replace`" in host.run("undo", code, "--yes", code=3)
    assert "or say: replace conf/opers.conf" in host.run("undo", code, "--dry-run", code=3)
    assert f"restore {code} is undone" in host.run("undo", code, "--replace", "conf/opers.conf", "--yes")
    assert opers.read_text() == "oper mallory { }\n"
