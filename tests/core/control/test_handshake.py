"""What a TLS port serves is seen whatever it is worth, and what cannot be seen is told within seconds."""

import socket
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from core.control.handshake import TlsHandshake
from core.domain.errors import ControlFailed
from tests.core.certificates.pki import NOW, Identity, make_key, server, signed
from tests.core.certificates.tls_port import TlsPort


def written(folder: Path, made: Identity) -> tuple[Path, Path]:
    (folder / "irc.pem").write_bytes(made.pem)
    (folder / "irc.key").write_bytes(made.key_pem)
    return folder / "irc.pem", folder / "irc.key"


@pytest.mark.parametrize(
    "made",
    [
        server(days=-3),
        signed("irc.example.org", names=["irc.example.org", "127.0.0.1"], key=make_key("rsa")),
        signed("other", key=make_key("ed25519")),
    ],
    ids=["expired", "rsa, by itself", "ed25519"],
)
def test_what_is_served_is_told(tmp_path: Path, made: Identity) -> None:
    with TlsPort(*written(tmp_path, made)) as port:
        served = TlsHandshake().served(port.address)
    assert served.fingerprint == made.fingerprint
    assert served.ends_at == made.certificate.not_valid_after_utc
    assert "127.0.0.1" not in served.names or served.names == ("irc.example.org", "127.0.0.1")
    assert served.begins_at < NOW + timedelta(days=1)


def test_where_nobody_listens_that_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ControlFailed, match=f"nobody listens at 127.0.0.1:{port}"):
        TlsHandshake().served(f"127.0.0.1:{port}")
    with pytest.raises(ControlFailed, match="nobody listens"):
        TlsHandshake().served(f"[::1]:{port}")


def test_a_port_that_says_nothing_does_not_keep_us_waiting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        begun = time.monotonic()
        with pytest.raises(ControlFailed, match=r"does not answer with TLS within 0\.2 seconds"):
            TlsHandshake(seconds=0.2).served(f"127.0.0.1:{listener.getsockname()[1]}")
    assert time.monotonic() - begun < 2


def test_a_port_that_speaks_no_tls_is_told() -> None:
    """One that greets in plaintext, as an IRC port does."""

    def greet() -> None:
        peer, _ = listener.accept()
        with peer:
            peer.sendall(b"NOTICE * :*** Looking up your hostname...\r\n")
            peer.settimeout(5)
            peer.recv(4096)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        greeter = threading.Thread(target=greet)
        greeter.start()
        with pytest.raises(ControlFailed, match="does not come to be: wrong version number"):
            TlsHandshake().served(f"127.0.0.1:{listener.getsockname()[1]}")
        greeter.join()


def test_what_is_no_address_is_told() -> None:
    with pytest.raises(ControlFailed, match="is no address"):
        TlsHandshake().served("::1]:x")
