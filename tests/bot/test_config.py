"""A configuration is right, or every mistake in it is named at once, by dotted path, and never a value."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import BaseModel

from bot.cli.check import _secrets
from bot.cli.template import EXAMPLE, render
from bot.config import BotSettings, load, parse
from bot.wiring import build_engine, build_storage
from core.domain.errors import ConfigInvalid
from core.domain.retention import DEFAULT, EVERYTHING
from core.storage.retrying import RetryingStorage
from tests.fakes import FakeClock

GOOD = render(EXAMPLE)


def _mistakes(text: str) -> str:
    with pytest.raises(ConfigInvalid) as caught:
        parse(text)
    return str(caught.value)


def test_the_example_is_a_configuration() -> None:
    settings = parse(GOOD)
    assert settings.irc is not None
    assert settings.irc.channel == "#opers"


def test_the_example_file_is_current() -> None:
    example = Path(__file__).parents[2] / "bot.example.toml"
    assert example.read_text() == GOOD, "make it anew: python -m bot.cli.template > bot.example.toml"


def test_five_mistakes_are_five_lines_and_no_secret_is_shown() -> None:
    text = GOOD.replace(
        'channel = "#opers"', 'channel = "opers"\nport = "hunter1"\nsasl = { account = "b", password = "hunter2" }'
    )
    text = text.replace('kind = "local"', 'kind = "floppy"').replace("start = [", "strat = [")
    told = _mistakes(text)
    for path in ("irc.channel", "irc.port", "irc.sasl.password", "storage.disk.kind: unknown kind", "control.strat"):
        assert path in told, told
    assert "6 mistakes" in told  # the sixth: `start` is missing now
    assert "hunter" not in told
    assert "where the secret lies" in told


@pytest.mark.parametrize(
    ("before", "after", "path"),
    [
        ('name = "ExampleNet"', "", "network.name"),
        ('name = "ExampleNet"', 'name = "../x"', "network.name"),
        ("recipients = [", "recipients = []\nx = [", "keys.recipients"),
        ('ask = { kind = "none" }', 'ask = { kind = "carrier pigeon" }', "sources.services.ask"),
        ('ask = { kind = "none" }', "ask = { }", "sources.services.ask"),
        ('accounts = ["alice", "carol"]', "accounts = []", "access.accounts"),
        ('state_dir = "/', 'state_dir = "', "state_dir"),
        ('server = "irc.example.net"', 'server = "two words"', "irc.server"),
    ],
)
def test_each_mistake_is_named_by_its_place(before: str, after: str, path: str) -> None:
    assert before in GOOD
    assert re.search(rf"^  {re.escape(path)}\b", _mistakes(GOOD.replace(before, after)), re.MULTILINE)


def test_what_is_no_toml_is_told_with_its_line() -> None:
    assert "line 2" in _mistakes("a = 1\nb = nonsense\n")


def test_irc_without_access_is_a_mistake() -> None:
    assert "access.accounts" in _mistakes(GOOD.partition("[access]")[0])


def test_an_sqlite_source_needs_a_kind_and_a_database(tmp_path: Path) -> None:
    """Nothing is stopped for it, so nothing needs to be said of that."""
    head, rest = GOOD.split("[sources.services]", 1)
    tail = rest[rest.index("[irc]") :]
    text = f'{head}[sources.tables]\nkind = "sqlite"\ndatabase = "{tmp_path}/x.db"\n{tail}'
    site = build_engine(parse(text)).site
    assert site.source.kind == "sqlite"
    assert site.name == "tables"
    assert site.database == tmp_path / "x.db"
    assert not site.control.can_act
    assert "sources.tables.databse" in _mistakes(text.replace("database =", "databse ="))
    assert "sources.tables" in _mistakes(text.replace('kind = "sqlite"', 'kind = "mongo"'))


def test_one_database_is_that_of_services_and_comes_first(tmp_path: Path) -> None:
    """Beside Atheme's every SQLite database is a plain one; of several alone, one says that it is services'."""
    head, rest = GOOD.split("[sources.services]", 1)
    tail, atheme = rest[rest.index("[irc]") :], "[sources.services]" + rest[: rest.index("[irc]")]
    plain = f'[sources.a]\nkind = "sqlite"\ndatabase = "{tmp_path}/a.db"\n'
    other = f'[sources.b]\nkind = "sqlite"\ndatabase = "{tmp_path}/b.db"\n'
    assert list(parse(head + plain + atheme + tail).sites) == ["services", "a"]
    assert "sources" in _mistakes(head + plain + other + tail)
    told = build_engine(parse(head + plain + other + "services = true\n" + tail))
    assert [(site.name, site.is_services) for site in told.sites] == [("b", True), ("a", False)]
    assert "sources" in _mistakes(head + plain + "services = true\n" + other + "services = true\n" + tail)
    assert "sources" in _mistakes(head + plain + "services = false\n" + tail)


def test_a_bucket_is_a_storage_and_its_secrets_are_checked() -> None:
    """Nothing is asked of the server to build it, and it is tried again by itself."""
    table = """[storage.offsite]
kind = "s3"
bucket = "irc-backups"
access_key = { env = "BACKUPSERV_TEST_ACCESS" }
secret_key = { env = "BACKUPSERV_TEST_SECRET" }
lock = { mode = "compliance", days = 30 }
"""
    settings = parse(GOOD.replace("[storage.disk]", f"{table}\n[storage.disk]"))
    storage = build_storage("offsite", settings.storage["offsite"], FakeClock())
    assert isinstance(storage, RetryingStorage)
    assert storage.name == "offsite"
    assert {"storage.offsite.access_key", "storage.offsite.secret_key"} <= {what for what, _ in _secrets(settings)}


def test_a_mistake_in_a_bucket_is_named_by_its_place() -> None:
    text = GOOD.replace(
        "[storage.disk]", '[storage.offsite]\nkind = "s3"\nlock = { mode = "hope", days = 1 }\n[storage.disk]'
    )
    told = _mistakes(text)
    assert "storage.offsite.bucket: missing" in told
    assert "storage.offsite.lock.mode" in told


def test_retention_is_said_once_and_otherwise_where_it_is_otherwise() -> None:
    """What a table leaves out is as above it; a source's word counts more than a storage's."""
    assert parse(GOOD).retention.policy(storage="disk", source="services") == DEFAULT
    text = f"""{GOOD}
[retention.storage.disk]
monthly = 24
within = "7d"
[retention.sources.services]
within = "36 h"
"""
    told = parse(text).retention
    assert told.policy(storage="disk", source="services") == replace(DEFAULT, monthly=24, within=timedelta(hours=36))
    assert told.policy(storage="disk") == replace(DEFAULT, monthly=24, within=timedelta(days=7))


def test_what_was_imported_stays_unless_its_own_table_says_otherwise() -> None:
    text = f"{GOOD}\n[retention.storage.disk]\nmonthly = 1\n"
    for name in ("services.imported", "ssl.imported", "config.imported", "gone.imported"):
        assert parse(text).retention.policy(storage="disk", source=name) == EVERYTHING
        if name != "gone.imported":
            told = parse(f'{text}[retention.sources."{name}"]\nweekly = 9\n').retention
            assert told.policy(storage="disk", source=name) == replace(DEFAULT, monthly=1, weekly=9)


def test_a_source_may_not_bear_the_name_of_imported_ones() -> None:
    told = _mistakes(f'{GOOD}\n[sources."etc.imported"]\nkind = "files"\nroot = "/etc"\nfolder = "config"\n')
    assert "sources.etc.imported: names that end so are for what `backupserv import` adopts" in told


@pytest.mark.parametrize(
    ("table", "mistake"),
    [
        ("daily = -1", "retention.daily"),
        ("daily = 1001", "retention.daily"),
        ("within = 48", "retention.within: expected a duration in quotes"),
        ('within = "two days"', "retention.within: expected a duration in quotes"),
        ('within = "0h"\nhourly = 0\ndaily = 0\nweekly = 0\nmonthly = 0', "retention: keeps nothing"),
        ("[retention.storage.far]", "retention.storage.far: no such storage"),
        ("[retention.sources.x]", "retention.sources.x: no such source"),
        ('[retention.sources."x.imported"]', "retention.sources.x.imported: no such source"),
        (
            '[retention.sources."ssl.imported"]\nwithin = "0h"\nhourly = 0\ndaily = 0\nweekly = 0\nmonthly = 0',
            "retention: keeps nothing",
        ),
        ("minutely = 3", "retention.minutely: unknown key"),
    ],
)
def test_a_retention_that_cannot_be_meant_is_named(table: str, mistake: str) -> None:
    assert mistake in _mistakes(GOOD.replace("[retention]\n", f"[retention]\n{table}\n"))


def _keys(model: type[BaseModel], seen: set[str]) -> set[str]:
    """Every key that the settings classes know, those of every member of a union included."""
    for name, field in model.model_fields.items():
        seen.add(name)
        for part in re.findall(r"[\w.]*Settings\b|[\w.]*Secret\b", str(field.annotation)):
            inner = next((kind for kind in _all_settings() if kind.__name__ == part.rpartition(".")[2]), None)
            if inner is not None and inner is not model:
                _keys(inner, seen)
    return seen


def _all_settings() -> list[type[BaseModel]]:
    found: list[type[BaseModel]] = []
    todo: list[type[BaseModel]] = [BaseModel]
    while todo:
        kinds = todo.pop().__subclasses__()
        found += kinds
        todo += kinds
    return found


def test_every_key_stands_in_the_example() -> None:
    """A key that nobody can find in the example might as well not be there."""
    missing = {key for key in _keys(BotSettings, set()) if not re.search(rf"\b{key}\b", GOOD)}
    assert not missing


ELSEWHERE = """
[storage.elsewhere]
kind = "sftp"
host = "backup.example.net"
user = "backupserv"
path = "backups"
known_hosts = "/etc/backupserv/known_hosts"
"""


def test_a_copy_on_an_ssh_server_is_a_storage_like_others() -> None:
    """The table of the example, and the mistakes in it by their place."""
    settings = parse(GOOD + ELSEWHERE + 'key_file = "/etc/backupserv/sftp.key"\n')
    assert list(settings.storage) == ["disk", "elsewhere"]
    told = _mistakes(GOOD + ELSEWHERE + 'key_file = "sftp.key"\nport = 0\npassphrase = "hunter2"\n')
    assert all(f"storage.elsewhere.{key}: " in told for key in ("key_file", "port", "passphrase"))
    assert "hunter" not in told
    assert "storage.elsewhere: name exactly one way to log in" in _mistakes(GOOD + ELSEWHERE)


def test_an_ssh_server_can_be_the_repository(tmp_path: Path) -> None:
    """The first storage is, whatever its kind; nobody connects before it is needed, and `check` looks at its secret."""
    (tmp_path / "atheme.conf").write_text("serverinfo { casemapping = rfc1459; };\n")
    table = GOOD[GOOD.index("[storage.disk]") : GOOD.index("# A copy on an SSH server")]
    text = GOOD.replace(table, ELSEWHERE + 'password = { env = "SFTP_PASSWORD" }\n')
    settings = parse(text.replace("/etc/atheme/atheme.conf", str(tmp_path / "atheme.conf")))
    assert build_engine(settings).sites
    assert "storage.elsewhere.password" in dict(_secrets(settings))


def test_a_configuration_that_anybody_can_write_or_replace_is_not_believed(tmp_path: Path) -> None:
    """It says who is obeyed and which commands are run, as root more often than not."""
    path = tmp_path / "conf" / "bot.toml"
    path.parent.mkdir()
    path.write_text(GOOD)
    load(path)
    path.chmod(0o666)
    with pytest.raises(ConfigInvalid, match="everybody on this host can write"):
        load(path)
    path.chmod(0o660)  # a group of administrators is somebody's own business
    load(path)
    path.parent.chmod(0o777)
    with pytest.raises(ConfigInvalid, match="everybody on this host can replace"):
        load(path)
    path.parent.chmod(0o1777)  # as /tmp: only the owner replaces
    load(path)


SPARE = """
[standby.spare]
kind = "local"
path = "/srv/standby/services.db"
"""


def test_a_standby_is_a_table_of_its_own() -> None:
    """It follows the services database unless another is named, and is never the file that services live on."""
    settings = parse(GOOD + SPARE + 'owner = "irc:irc"\n')
    assert settings.standby["spare"].source is None
    live = str(next(iter(settings.sites.values())).database)
    told = _mistakes(GOOD + SPARE.replace("/srv/standby/services.db", live) + 'source = "nosuch"\n')
    assert "standby.spare.path: services live on that file" in told
    assert "standby.spare.source: no services database has that name" in told
    assert "two of them are the same file" in _mistakes(GOOD + SPARE + SPARE.replace("spare", "other"))
    assert "standby.spare.path: expected an absolute path" in _mistakes(GOOD + SPARE.replace("/srv/", "srv/"))
    far = SPARE.replace('"local"', '"sftp"') + 'host = "h"\nuser = "irc"\nknown_hosts = "/k"\n'
    assert "standby.spare: name exactly one way to log in" in _mistakes(GOOD + far)
    assert parse(GOOD + far + 'key_file = "/key"\nowner = "104:110"\n').standby["spare"].kind == "sftp"
