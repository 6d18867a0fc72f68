"""`check` tells of trees what would cost somebody: a pair that does not fit, and a port that was not reloaded."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.certificates.check import CertificateCheck
from core.domain.errors import ControlFailed, SourceUnreadable
from core.operations.check import probes
from core.sources.files import FilesSettings, FilesSource
from tests.core.certificates.pki import Identity, server
from tests.core.certificates.tls_port import TlsPort
from tests.core.operations.things.grove import Grove, make_grove
from tests.fakes import FakeClock

FIRST, SECOND = server(), server()


class Watch:
    """A tree of certificates, a port, and what `check` says of them."""

    def __init__(self, grove: Grove) -> None:
        self.grove, self.root = grove, grove.root
        self.put(FIRST)

    def put(self, made: Identity, key: Identity | None = None) -> None:
        (self.root / "irc.pem").write_bytes(made.chain)
        (self.root / "irc.key").write_bytes((key or made).key_pem)
        (self.root / "irc.key").chmod(0o600)

    def serve(self, address: str) -> None:
        settings = FilesSettings(kind="tls", root=self.root)
        check = CertificateCheck(root=self.root, clock=self.grove.clock)
        source = FilesSource(name="tls", settings=settings, clock=self.grove.clock, check=check)
        (site,) = self.grove.engine.trees
        self.grove.engine.trees = (replace(site, source=source, serves=(address,)),)

    def told(self, name: str) -> str:
        return dict(probes(self.grove.engine))[name]()


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[tuple[Watch, TlsPort]]:
    made = Watch(make_grove(tmp_path, FakeClock(), repository_folder="ssl"))
    with TlsPort(made.root / "irc.pem", made.root / "irc.key") as port:
        made.serve(port.address)
        yield made, port


def test_what_fits_and_is_served_is_told(watch: tuple[Watch, TlsPort]) -> None:
    made, port = watch
    assert made.told("source tls") == "2 certificates · 2 files · 1 folder · 1 key"
    assert made.told(f"port {port.address} of tls") == "serves irc.example.org until 2027-02-21 (90 days left)"


def test_a_renewal_that_nobody_was_told_of_is_told(watch: tuple[Watch, TlsPort]) -> None:
    made, port = watch
    made.put(SECOND)
    with pytest.raises(ControlFailed, match=r"serves another certificate than lies in .*, until 2027-02-21: was it"):
        made.told(f"port {port.address} of tls")


def test_a_pair_that_does_not_fit_or_has_expired_is_a_fault(watch: tuple[Watch, TlsPort]) -> None:
    made, _ = watch
    made.put(SECOND, key=FIRST)
    with pytest.raises(ControlFailed, match=r"the key irc\.key does not belong to the certificate irc\.pem"):
        made.told("source tls")
    made.put(server(days=-1))
    with pytest.raises(ControlFailed, match=r"irc\.pem \(irc\.example\.org\) has EXPIRED"):
        made.told("source tls")
    made.put(server(days=20))
    assert made.told("source tls").endswith(
        "; 1 warning, the first: irc.pem (irc.example.org) expires in 20 days, on 2026-12-13"
    )


def test_a_port_that_is_closed_and_a_root_that_is_gone_are_told(watch: tuple[Watch, TlsPort], tmp_path: Path) -> None:
    made, _ = watch
    made.serve("127.0.0.1:1")
    with pytest.raises(ControlFailed, match="nobody listens"):
        made.told("port 127.0.0.1:1 of tls")
    made.root.rename(tmp_path / "away")
    with pytest.raises(SourceUnreadable):
        made.told("source tls")
