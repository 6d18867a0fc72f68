"""Every guard of a real configuration can look, in no time, and finds nothing where all is well."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from bot.config import load
from bot.wiring import build_engine
from bot.wiring_guards import build_guards
from core.domain.run import Run
from core.guards.watch import Looked, look
from core.operations.engine import Engine
from core.operations.keys import KeyProof, KeyProofs
from core.ports import Storage
from tests.bot.cli.test_command_line import Host
from tests.core.certificates.pki import server
from tests.core.certificates.tls_port import TlsPort


def _looked(host: Host) -> Looked:
    settings = load(host.folder / "bot.toml")
    return look(build_guards(settings, build_engine(settings)))


@pytest.fixture
def host(tmp_path: Path) -> Host:
    made = Host(tmp_path)
    text = (tmp_path / "bot.toml").read_text()
    tls = f'[sources.tls]\nkind = "tls"\nroot = "{tmp_path}/tls"\ncontrol = {{ kind = "none" }}\n'
    text = text.replace(
        "[sources.services]", f'storage.far = {{ kind = "local", path = "{tmp_path}/far" }}\n{tls}[sources.services]'
    )
    (tmp_path / "bot.toml").write_text(text)
    pair = server(days=90, now=datetime.now(UTC))
    (tmp_path / "tls").mkdir()
    (tmp_path / "tls" / "server.pem").write_bytes(pair.chain)
    (tmp_path / "tls" / "server.key").write_bytes(pair.key_pem)
    (tmp_path / "tls" / "server.key").chmod(0o600)
    return made


def test_where_all_is_well_nothing_is_found_and_nobody_is_blind(host: Host) -> None:
    host.run("backup")
    looked = _looked(host)
    assert looked.troubles == []
    assert {"disk", "pace", "copies", "keys", "certificates", "objectives"} <= set(looked.looked)


def test_what_is_wrong_is_found_by_each(host: Host) -> None:
    """A copy that got nothing for a day, a key of last year, a certificate that ends, a snapshot that took ages."""
    host.run("backup", "--no-sync")
    settings = load(host.folder / "bot.toml")
    engine = build_engine(settings)
    pair = server(days=5, now=datetime.now(UTC))
    (host.folder / "tls" / "server.pem").write_bytes(pair.chain)
    (host.folder / "tls" / "server.key").write_bytes(pair.key_pem)
    old = datetime.now(UTC) - timedelta(days=400)
    recipient = settings.keys.recipients[1]
    KeyProofs(engine.state_dir).record(KeyProof(recipient=recipient, at=old, snapshot=""))
    engine.runs.note(Run(verb="backup", what="services", at=old, seconds=999, good=True, new=True))
    engine.clock = _Later(engine)
    causes = {item.cause for item in look(build_guards(settings, engine)).troubles}
    assert {"pace/services", "copies/far", f"keys/{recipient[:12]}", "certificates/tls"} <= causes


def test_a_port_that_was_not_reloaded_is_found_by_what_lies_in_its_tree(host: Host) -> None:
    old = server(days=60, now=datetime.now(UTC))
    certificate, key = host.folder / "old.pem", host.folder / "old.key"
    certificate.write_bytes(old.chain)
    key.write_bytes(old.key_pem)
    with TlsPort(certificate, key) as port:
        config = host.folder / "bot.toml"
        config.write_text(config.read_text().replace('kind = "tls"', f'kind = "tls"\nserves = ["{port.address}"]'))
        settings = load(config)
        engine = build_engine(settings)
        engine.clock = _Later(engine)
        found = [item for item in look(build_guards(settings, engine)).troubles if item.cause.startswith("certif")]
    assert [item.cause for item in found] == [f"certificates/port/{port.address}"]
    assert "it was not reloaded" in found[0].title


def test_what_a_guard_found_ends_when_it_is_switched_off(host: Host) -> None:
    """Nobody is told every hour, for ever, of what nobody looks at any more."""
    config = host.folder / "bot.toml"
    config.write_text(f"{config.read_text()}[guards]\ndisk = false\n")
    looked = _looked(host)
    assert looked.is_well("disk/services")
    assert looked.is_well("blind/canary"), "it is off unless somebody wants it"


class _Away:
    """A storage that must not be asked, at the port."""

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"{name}: somebody waits for a bucket")


def test_who_looks_in_every_round_waits_for_no_storage(host: Host) -> None:
    """A bucket that is away is tried for a quarter of an hour: services may stop saving meanwhile."""
    host.run("backup")
    settings = load(host.folder / "bot.toml")
    engine = build_engine(settings)
    guards = [guard for guard in build_guards(settings, engine) if not guard.every_seconds]
    engine.repository.storage = cast("Storage", _Away())
    looked = look(guards)
    assert looked.troubles == []
    assert {"disk", "saving", "services", "corrupt"} <= set(looked.looked)


class _Later:
    """Two days after now."""

    def __init__(self, engine: Engine) -> None:
        self._clock = engine.clock

    def now(self) -> datetime:
        return self._clock.now() + timedelta(days=2)

    def monotonic(self) -> float:
        return self._clock.monotonic()

    def sleep(self, seconds: float) -> None:
        self._clock.sleep(seconds)
