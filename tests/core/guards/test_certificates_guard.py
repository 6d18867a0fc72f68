"""A certificate is told before it ends: in a tree, on a port, and our own."""

from datetime import timedelta
from pathlib import Path

from core.certificates.pem import read_pem
from core.control.handshake import TlsHandshake
from core.domain.notice import Trouble
from core.guards.certificates import Certificates, look_at_certificates
from core.guards.guard import Guard
from core.guards.watch import look
from tests.core.certificates.pki import NOW, server
from tests.core.certificates.test_check import Shelf
from tests.core.certificates.tls_port import TlsPort


def _look(certificates: Certificates, days: int = 0) -> list[Trouble]:
    return list(look_at_certificates(certificates, TlsHandshake(), lambda: NOW + timedelta(days=days)))


def test_a_tree_is_told_in_one_sentence_the_worst_first(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "tls")
    shelf.put_generation(1, days=90)
    moment = [NOW]
    certificates = Certificates(trees=[("tls", lambda: shelf.scan(moment[0]).findings)])
    assert _look(certificates) == []
    moment[0] = NOW + timedelta(days=70)
    (found,) = _look(certificates)
    assert (found.cause, found.gravity) == ("certificates/tls", "warning")
    assert "expires in 19 days" in found.title or "expires in 20 days" in found.title
    moment[0] = NOW + timedelta(days=95)
    (found,) = _look(certificates)
    assert found.gravity == "error"
    assert "has EXPIRED" in found.title


def test_what_a_port_serves_and_our_own_are_looked_at(tmp_path: Path) -> None:
    """A certificate that was renewed on disk and never reloaded still ends on the port."""
    made = server(days=40, now=NOW)
    own, key = tmp_path / "own.pem", tmp_path / "own.key"
    own.write_bytes(made.chain)
    key.write_bytes(made.key_pem)
    with TlsPort(own, key) as port:
        certificates = Certificates(
            ports=[("port/irc", "irc.example:6697", port.address), ("port/dead", "nobody", "127.0.0.1:1")],
            files=[("own/irc", "our own certificate for IRC", own)],
        )
        assert _look(certificates) == []
        found = _look(certificates, days=25)
        assert [(item.cause, item.gravity) for item in found] == [
            ("certificates/port/irc", "warning"),
            ("certificates/own/irc", "warning"),
        ]
        assert found[0].title.startswith("the certificate that irc.example:6697 serves expires in 1")
        found = _look(certificates, days=41)
        assert [item.gravity for item in found] == ["error", "error"]
        assert found[1].title.startswith("our own certificate for IRC HAS EXPIRED, on 2027-0")


def test_our_own_that_is_gone_is_told(tmp_path: Path) -> None:
    certificates = Certificates(files=[("own/irc", "our own certificate for IRC", tmp_path / "none.pem")])
    looked = look([Guard(name="certificates", look=lambda: _look(certificates))])
    assert [item.cause for item in looked.troubles] == ["blind/certificates"]


def test_one_that_was_renewed_and_not_reloaded_is_told(tmp_path: Path) -> None:
    """The files are good for months, and the port goes on with the old one."""
    old, new = server(days=40, now=NOW), server(days=90, now=NOW)
    certificate, key = tmp_path / "irc.pem", tmp_path / "irc.key"
    certificate.write_bytes(old.chain)
    key.write_bytes(old.key_pem)
    with TlsPort(certificate, key) as port:
        lying = {port.address: lambda: read_pem(certificate.read_bytes()).certificates[:1]}
        certificates = Certificates(ports=[("port/irc", "irc.example:6697", port.address)], lying=lying)
        assert _look(certificates) == []
        certificate.write_bytes(new.chain)
        key.write_bytes(new.key_pem)
        (found,) = _look(certificates, days=1)
        assert found.title.startswith("irc.example:6697 serves one that ends on 2027-01-0")
        assert found.title.endswith("lies there: it was not reloaded")
        assert (found.cause, found.gravity) == ("certificates/port/irc", "error")
        port.reload()
        assert _look(certificates, days=1) == []
