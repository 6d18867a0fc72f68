"""What is wrong with the certificates of a tree is told when it is saved, the worst first, and stops no backup."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from core.certificates.check import CertificateCheck
from core.domain.finding import Severity
from core.sources.files import FilesSettings, FilesSource
from core.tree_ports import TreeCapture
from tests.core.certificates.pki import NOW, key_pem, make_key, root, server, signed
from tests.fakes import FakeClock, RecordingProgress


class Shelf:
    """A folder of certificates, and what is said of it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder
        self.clock = FakeClock(time=NOW)
        folder.mkdir()

    def put(self, name: str, content: bytes, mode: int = 0o600) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(mode)

    def link(self, name: str, target: str) -> None:
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).symlink_to(target)

    def scan(self, now: datetime = NOW) -> TreeCapture:
        self.clock.time = now
        check = CertificateCheck(root=self.root, clock=self.clock)
        settings = FilesSettings(kind="tls", root=self.root)
        return FilesSource(name="tls", settings=settings, clock=self.clock, check=check).scan(RecordingProgress())

    def found(self, now: datetime = NOW) -> list[str]:
        return [finding.text for finding in self.scan(now).findings]

    def put_generation(self, number: int, days: float = 90) -> None:
        """As certbot renews: new files in the archive, and the links point to them."""
        made = server(days=days, now=NOW)
        for name, content in (("cert", made.pem), ("fullchain", made.chain), ("privkey", made.key_pem)):
            self.put(f"archive/irc.example.org/{name}{number}.pem", content)
            (self.root / f"live/irc.example.org/{name}.pem").unlink(missing_ok=True)
            self.link(f"live/irc.example.org/{name}.pem", f"../../archive/irc.example.org/{name}{number}.pem")
        self.put(f"archive/irc.example.org/chain{number}.pem", made.chain.removeprefix(made.pem))


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "tls")


def test_a_good_pair_is_counted_and_nothing_is_said(shelf: Shelf) -> None:
    made = server()
    shelf.put("server.cert.pem", made.chain, 0o644)
    shelf.put("server.key.pem", made.key_pem)
    shelf.put("ca.pem", root().pem, 0o644)
    capture = shelf.scan()
    assert not capture.findings
    assert capture.counts == {"certificates": 3, "files": 3, "folders": 1, "keys": 1}


def test_a_key_of_another_certificate_is_the_first_thing_said(shelf: Shelf) -> None:
    shelf.put("server.cert.pem", server(days=-1).chain)
    shelf.put("server.key.pem", server().key_pem)
    first, second = shelf.scan().findings
    assert first.text == "the key server.key.pem does not belong to the certificate server.cert.pem (irc.example.org)"
    assert first.severity > Severity.WARNING
    assert second.text == "server.cert.pem (irc.example.org) has EXPIRED: 1 day ago, on 2026-11-22"
    assert second.severity is Severity.WARNING


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (31, []),
        (29.5, ["irc.pem (irc.example.org) expires in 29 days, on 2026-12-22"]),
        (0.1, ["irc.pem (irc.example.org) expires in 2 hours, on 2026-11-23"]),
        (-0.05, ["irc.pem (irc.example.org) has EXPIRED: 1 hour ago, on 2026-11-23"]),
    ],
)
def test_its_end_is_told_from_thirty_days_on(shelf: Shelf, days: float, expected: list[str]) -> None:
    made = server(days=days)
    shelf.put("irc.pem", made.chain + made.key_pem)
    assert shelf.found() == expected


def test_one_that_is_not_valid_yet_is_told(shelf: Shelf) -> None:
    made = server(since=-2)
    shelf.put("irc.pem", made.chain + made.key_pem)
    assert shelf.found() == ["irc.pem (irc.example.org) is not valid before 2026-11-25"]


def test_the_links_of_certbot_are_followed_and_history_is_not_judged(shelf: Shelf) -> None:
    """What was renewed long ago has expired, and that is as it should be."""
    shelf.put_generation(1, days=-60)
    shelf.put_generation(2)
    assert shelf.found() == []
    assert shelf.scan().counts["links"] == 3


def test_links_to_a_certificate_and_a_key_of_two_generations_are_told(shelf: Shelf) -> None:
    shelf.put_generation(1)
    shelf.put_generation(2)
    (shelf.root / "live/irc.example.org/privkey.pem").unlink()
    shelf.link("live/irc.example.org/privkey.pem", str(shelf.root / "archive/irc.example.org/privkey1.pem"))
    assert shelf.found()[0] == (
        "the key live/irc.example.org/privkey.pem does not belong to the certificate "
        "live/irc.example.org/cert.pem (irc.example.org)"
    )


def test_links_to_nothing_that_is_saved_are_told(shelf: Shelf) -> None:
    shelf.link("live/gone.pem", "../archive/gone1.pem")
    shelf.link("live/outside.pem", "/etc/ssl/private/x.pem")
    shelf.link("live/up.pem", "../../../x.pem")
    shelf.link("round.pem", "round.pem")
    assert shelf.found() == [
        "live/gone.pem points to ../archive/gone1.pem, which is not saved with it",
        "live/outside.pem points to /etc/ssl/private/x.pem, which is not saved with it",
        "live/up.pem points to ../../../x.pem, which is not saved with it",
        "round.pem points to round.pem, which is not saved with it",
    ]


def test_a_link_to_a_folder_leads_on(shelf: Shelf) -> None:
    made = server()
    shelf.put("2026/irc.pem", made.chain)
    shelf.put("2026/irc.key", made.key_pem)
    shelf.link("now", "2026")
    shelf.link("irc.pem", "now/irc.pem")
    shelf.link("irc.key", "now/irc.key")
    assert shelf.found() == []


def test_a_key_that_everybody_can_read_is_told(shelf: Shelf) -> None:
    made = server()
    shelf.put("open/irc.pem", made.chain + made.key_pem, 0o644)
    shelf.put("closed/irc.pem", made.chain + made.key_pem, 0o644)
    (shelf.root / "closed").chmod(0o700)
    assert shelf.found() == ["others can read the private key open/irc.pem (mode 0644)"]


def test_a_chain_that_is_out_of_order_or_not_one_is_told(shelf: Shelf) -> None:
    made, other = server(), signed("somebody", by=root())
    middle = made.chain.removeprefix(made.pem)
    shelf.put("a.pem", made.pem + root().pem + middle)
    shelf.put("b.pem", made.pem + other.pem)
    shelf.put("a.key", made.key_pem)
    shelf.put("b.key", made.key_pem)
    assert shelf.found() == [
        "a.pem is out of order: certificate 2 (root) did not sign the one before it",
        "b.pem holds a certificate that is no part of its chain (somebody, number 2)",
    ]


def test_a_chain_that_does_not_begin_is_told(shelf: Shelf) -> None:
    made = server()
    shelf.put("irc.pem", made.pem)
    shelf.put("irc.key", made.key_pem)
    assert shelf.found() == ["who signed irc.pem (R3) is not saved with it: is its chain complete?"]


def test_what_cannot_be_checked_is_never_called_wrong(shelf: Shelf) -> None:
    key = make_key("rsa")
    shelf.put("irc.pem", signed("irc.example.org", key=key).pem)
    shelf.put("irc.key", key_pem(key, password="hunter2"))
    (finding,) = shelf.scan().findings
    assert finding.severity is Severity.WARNING
    assert finding.text.startswith("whether the key irc.key belongs to irc.pem cannot be checked: it is encrypted")


def test_a_certificate_without_its_key_and_a_key_without_its_certificate(shelf: Shelf) -> None:
    """Where one of each is left they were meant for each other; of more, nobody can tell."""
    shelf.put("one.pem", signed("one").pem)
    shelf.put("other.pem", signed("other").pem)
    shelf.put("third.key", key_pem(make_key()))
    assert shelf.found() == [
        "the key of one.pem (one) is not saved with it",
        "the key of other.pem (other) is not saved with it",
        "the key third.key belongs to no certificate here",
    ]
    (shelf.root / "other.pem").unlink()
    assert shelf.found() == ["the key third.key does not belong to the certificate one.pem (one)"]


def test_keys_may_lie_in_a_folder_of_their_own(shelf: Shelf) -> None:
    """As in /etc/ssl, where certificates and private keys are kept apart."""
    made = signed("irc.example.org")
    shelf.put("certs/irc.pem", made.pem)
    shelf.put("certs/ca-certificates.crt", root().pem + signed("another root", authority=True, days=-9).pem)
    shelf.put("private/irc.key", made.key_pem)
    assert shelf.found() == []


def test_a_server_that_signed_itself_as_an_authority_has_its_pair_judged(shelf: Shelf) -> None:
    """What `openssl req -x509` makes, and UnrealIRCd with it."""
    shelf.put("server.cert.pem", signed("irc.example.org", authority=True, names=["irc.example.org"]).pem)
    shelf.put("server.key.pem", key_pem(make_key()))
    assert shelf.found()[0].startswith("the key server.key.pem does not belong to")


def test_other_files_are_left_alone(shelf: Shelf) -> None:
    shelf.put("README", b"This directory contains your keys and certificates.")
    shelf.put("big.log", b"-----BEGIN " * 200_000)
    shelf.put("renewal/irc.conf", b"version = 2")
    capture = shelf.scan()
    assert not capture.findings
    assert capture.counts == {"certificates": 0, "files": 3, "folders": 2, "keys": 0}


def test_the_same_is_told_a_year_later(shelf: Shelf) -> None:
    """What a certificate is worth is judged at the moment that somebody asks."""
    shelf.put_generation(1)
    assert len([text for text in shelf.found(NOW + timedelta(days=365)) if "EXPIRED" in text]) == 1
