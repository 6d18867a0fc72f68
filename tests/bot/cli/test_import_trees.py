"""`backupserv import` of archives, as it is typed: from a folder as scripts leave it to the files on disk again."""

import json
from pathlib import Path

import pytest

from tests.bot.cli.test_command_line import VECTORS, Host
from tests.conftest import require
from tests.core.operations.old_backups import PASSPHRASE, OldBackups, typed
from tests.core.operations.test_import_trees import files

PROJECT = {
    ".env": b"SECRET=1\n",
    "src/backend/unrealircd/conf/unrealircd.conf": b"me { name irc.example.org; };\n" * 400,
    "src/backend/atheme/conf/atheme.conf": b'loadmodule "x";\n',
    "docs/README.md": b"# docs\n",
}


class Scripts:
    """A host whose scripts ran for three nights: what they pack changes from night to night."""

    def __init__(self, folder: Path, old: OldBackups) -> None:
        self.project, self.certificates, self.old = folder / "project", folder / "etc" / "letsencrypt", old
        self.nights: dict[str, tuple[dict[str, bytes], dict[str, bytes]]] = {}
        for path, content in PROJECT.items():
            (self.project / path).parent.mkdir(parents=True, exist_ok=True)
            (self.project / path).write_bytes(content)
        self.certificates.mkdir(parents=True)
        self.night("20231201_020000")
        self.night("20231202_020000", "-pbkdf2")
        self.night("20231203_020000")

    def night(self, stamp: str, *options: str) -> None:
        """What the guide's scripts type."""
        (self.certificates / "server.pem").write_text(f"certificate of {stamp}\n")
        conf = self.project / "src/backend/unrealircd/conf/unrealircd.conf"
        conf.write_bytes(conf.read_bytes() + f"# {stamp}\n".encode())
        sealed = self.old.path("ssl", f"ssl_{stamp}.tar.gz")
        typed("tar", "-czf", sealed, "-C", self.certificates.parent, self.certificates.name)
        self.old.seal(sealed, *options)
        configs = sorted(str(path.relative_to(self.project)) for path in self.project.glob("src/backend/*/conf/*.conf"))
        packed = self.old.path("config", f"config_{stamp}.tar.gz")
        typed("tar", "-czf", packed, "--exclude=*.log", "-C", self.project, ".env", *configs, "docs/")
        self.old.database(stamp, (VECTORS / "before.db").read_bytes())
        self.nights[stamp] = files(self.project), files(self.certificates.parent)


@pytest.fixture
def host(tmp_path: Path) -> Host:
    host = Host(tmp_path)
    with (tmp_path / "bot.toml").open("a") as file:
        file.write(f'[storage.copy]\nkind = "local"\npath = "{tmp_path}/copy"\n')
    return host


@pytest.fixture
def scripts(tmp_path: Path) -> Scripts:
    return Scripts(tmp_path / "live", OldBackups(tmp_path / "backup"))


def import_words(host: Host, scripts: Scripts) -> list[str]:
    path = host.folder / "passphrase"
    path.write_text(PASSPHRASE)
    path.chmod(0o600)
    return ["import", str(scripts.old.folder), "--zone", "UTC", "--passphrase-file", str(path)]


def test_the_whole_round_of_an_archive(host: Host, scripts: Scripts, tmp_path: Path) -> None:
    """Import, list, prove, copy, prune, and every byte of every night comes back, from the copy too."""
    before, words = scripts.old.state(), import_words(host, scripts)
    told = host.run(*words, "--dry-run")
    assert "config: 3 to adopt, 2023-12-01 02:00Z … 2023-12-03 02:00Z" in told
    assert "ssl: 3 to adopt" in told
    assert "2 opened as `openssl enc -aes-256-cbc -md sha256`" in told
    assert "snapshots of config.imported and services.imported and ssl.imported" in told
    told = host.run(*words, "--yes")
    assert "ADOPTED 7 snapshots" in told  # one database, of which two nights say nothing new
    assert "nothing new to adopt" in host.run(*words, "--yes")
    assert len(host.run("snapshots").splitlines()) == 7
    made = [one for one in json.loads(host.run("snapshots", "--json")) if one["source"] != "services.imported"]
    assert "7 of 7 snapshots are good" in host.run("verify", "all")
    host.run("backup")
    host.run("sync")
    assert "8 of 8 snapshots are good" in host.run("verify", "all", "--on", "copy")
    assert "nothing goes" in host.run("prune", "--yes")
    for number, one in enumerate(made):
        stamp = one["taken_at"].replace("-", "").replace("T", "_").replace(":", "")[:15]
        target, where = tmp_path / f"out{number}", ["--on", "copy"] if number % 2 else []
        host.run("extract", one["id"], "--to", str(target), *where)
        config, ssl = scripts.nights[stamp]
        assert files(target / one["source"]) == (config if one["source"] == "config.imported" else ssl)
    host.run("extract", "latest", "--source", "ssl.imported", "--to", str(tmp_path / "newest"))
    server = tmp_path / "newest" / "ssl.imported" / "letsencrypt" / "server.pem"
    assert server.read_text() == "certificate of 20231203_020000\n"
    assert server.stat().st_mtime == int((scripts.certificates / "server.pem").stat().st_mtime)
    assert server.stat().st_mode == (scripts.certificates / "server.pem").stat().st_mode
    assert scripts.old.state() == before


def test_imported_archives_rest_on_each_other_and_open_with_stock_tools(
    host: Host, scripts: Scripts, tmp_path: Path
) -> None:
    """Scripts stored each night whole; here the nights of a week are increments, which RESTORE.txt puts together."""
    require("age", "zstd")
    host.run(*import_words(host, scripts), "--yes")
    made = json.loads(host.run("snapshots", "--json"))
    ranks = sorted((one["taken_at"][:10], one["rank"]) for one in made if one["source"] == "config.imported")
    assert ranks == [("2023-12-01", "full"), ("2023-12-02", "day"), ("2023-12-03", "day")]
    script = host.folder / "repository" / "N" / "h" / "RESTORE.txt"
    for one in made:
        if one["source"] == "config.imported":
            out = tmp_path / one["id"]
            typed("env", "PUBLIC=unchecked", "bash", script, one["source"], host.key, out, one["id"])
            stamp = one["taken_at"].replace("-", "").replace("T", "_").replace(":", "")[:15]
            assert files(out / one["source"]) == scripts.nights[stamp][0]


def test_retention_thins_what_was_imported_only_where_it_is_told_to(host: Host, scripts: Scripts) -> None:
    host.run(*import_words(host, scripts), "--yes")
    with (host.folder / "bot.toml").open("a") as file:
        file.write('[retention]\nwithin = "1h"\nhourly = 0\ndaily = 0\nweekly = 0\nmonthly = 1\n')
    assert "nothing goes, 7 snapshots stay" in host.run("prune", "--yes")
    assert "imported, of which all stay" in host.run("retention", "--all")
    with (host.folder / "bot.toml").open("a") as file:
        file.write('[retention.sources."ssl.imported"]\nmonthly = 1\n')
    assert "1 of 7 snapshots go" in host.run("prune", "--yes")
    sources = [one["source"] for one in json.loads(host.run("snapshots", "--json"))]
    assert sources.count("ssl.imported") == 2
    assert "6 of 6 snapshots are good" in host.run("verify", "all")
