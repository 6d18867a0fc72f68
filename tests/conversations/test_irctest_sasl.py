"""What irctest expects of every client that logs in (its cap and sasl tests), asked of `backupserv irc-check`."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from scramp import ScramException, ScramMechanism

from tests.conversations.checked import PLAINTEXT, checking, logged_in, login, until_sasl, write_config
from tests.fakes_irc import SERVER, Peer, ScriptedServer, scripted


@pytest.fixture
async def plain(tmp_path: Path) -> AsyncIterator[ScriptedServer]:
    """A server without TLS."""
    async with scripted(tmp_path, tls=False) as server:
        yield server


async def _payload(peer: Peer) -> bytes:
    """What the client says in one or more AUTHENTICATE lines."""
    text = ""
    while True:
        piece = (await peer.expect("^AUTHENTICATE")).removeprefix("AUTHENTICATE ")
        text += piece.removesuffix("+") if piece == "+" else piece
        if len(piece) < 400:
            return base64.b64decode(text, validate=True)


def _send(peer: Peer, text: str) -> None:
    peer.send(f"AUTHENTICATE {base64.b64encode(text.encode()).decode()}")


# --- capabilities ----------------------------------------------------------------------------


async def test_the_first_line_asks_for_capabilities(plain: ScriptedServer, tmp_path: Path) -> None:
    async with checking(write_config(tmp_path, plain.port, more=PLAINTEXT)):
        peer = await plain.accept(20)
        assert await peer.expect(".", 5) == "CAP LS 302"


async def test_an_empty_list_ends_the_negotiation(plain: ScriptedServer, tmp_path: Path) -> None:
    async with checking(write_config(tmp_path, plain.port, more=PLAINTEXT)):
        peer = await plain.accept(20)
        await peer.expect("^CAP LS")
        peer.send(f"{SERVER} CAP * LS :")
        assert await peer.expect("^CAP") == "CAP END"
        assert {line.split(" ")[0] for line in peer.lines} == {"CAP", "NICK", "USER"}


# --- PLAIN -----------------------------------------------------------------------------------


async def test_plain(plain: ScriptedServer, tmp_path: Path) -> None:
    """The account is named as authorization identity too."""
    async with checking(write_config(tmp_path, plain.port, more=PLAINTEXT + login(tmp_path, "PLAIN"))):
        peer = await plain.accept(20)
        await until_sasl(peer)
        assert await peer.expect("^AUTHENTICATE") == "AUTHENTICATE PLAIN"
        peer.send("AUTHENTICATE +")
        assert await peer.expect("^AUTHENTICATE") == "AUTHENTICATE amlsbGVzAGppbGxlcwBzZXNhbWU="
        await logged_in(peer)


@pytest.mark.parametrize("mechanisms", ["=EXTERNAL", "=EXTERNAL,ECDSA-NIST256P-CHALLENGE"])
async def test_plain_is_not_tried_where_it_is_not_offered(
    plain: ScriptedServer, tmp_path: Path, mechanisms: str
) -> None:
    """The capability is asked for all the same, and the negotiation ended."""
    async with checking(write_config(tmp_path, plain.port, more=PLAINTEXT + login(tmp_path, "PLAIN"))):
        peer = await plain.accept(20)
        await until_sasl(peer, mechanisms)
        assert await peer.expect("^(CAP|AUTHENTICATE)") == "CAP END"


@pytest.mark.parametrize(
    ("account", "password"),
    [("foo", "bar" * 200), ("foo", "é" * 300), ("foo", "quux" * 148), ("foo", "ü" * 296)],
    ids=["large", "large, not ASCII", "a multiple of 400", "a multiple of 400, not ASCII"],
)
async def test_large_payloads_go_in_pieces_of_400(
    plain: ScriptedServer, tmp_path: Path, account: str, password: str
) -> None:
    """Where the last one is full, a "+" says that it was the last."""
    more = PLAINTEXT + login(tmp_path, "PLAIN", account=account, password=password)
    whole = base64.b64encode(f"{account}\0{account}\0{password}".encode()).decode()
    async with checking(write_config(tmp_path, plain.port, more=more)):
        peer = await plain.accept(20)
        await until_sasl(peer)
        await peer.expect("^AUTHENTICATE PLAIN$")
        peer.send("AUTHENTICATE +")
        for start in range(0, len(whole), 400):
            assert await peer.expect("^AUTHENTICATE") == f"AUTHENTICATE {whole[start : start + 400]}"
        if len(whole) % 400 == 0:
            assert await peer.expect("^AUTHENTICATE") == "AUTHENTICATE +"
        await logged_in(peer)


# --- ECDSA -----------------------------------------------------------------------------------


async def test_ecdsa_signs_the_challenge(plain: ScriptedServer, tmp_path: Path) -> None:
    """The account first, then a DER signature over the 32 bytes themselves."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
    more = PLAINTEXT + login(tmp_path, "ECDSA-NIST256P-CHALLENGE", password="", key=pem)
    async with checking(write_config(tmp_path, plain.port, more=more)):
        peer = await plain.accept(20)
        await until_sasl(peer)
        assert await peer.expect("^AUTHENTICATE") == "AUTHENTICATE ECDSA-NIST256P-CHALLENGE"
        peer.send("AUTHENTICATE +")
        assert await _payload(peer) == b"jilles"
        challenge = bytes(range(32))
        peer.send(f"AUTHENTICATE {base64.b64encode(challenge).decode()}")
        key.public_key().verify(await _payload(peer), challenge, ec.ECDSA(Prehashed(SHA256())))
        await logged_in(peer)


@pytest.mark.parametrize("challenge", [b"", b"foobar", b"x" * 64])
async def test_ecdsa_signs_nothing_else(plain: ScriptedServer, tmp_path: Path, challenge: bytes) -> None:
    """A server must not get a signature over whatever it likes."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    more = PLAINTEXT + login(tmp_path, "ECDSA-NIST256P-CHALLENGE", password="", key=pem)
    async with checking(write_config(tmp_path, plain.port, more=more)):
        peer = await plain.accept(20)
        await until_sasl(peer)
        await peer.expect("^AUTHENTICATE")
        peer.send("AUTHENTICATE +")
        await _payload(peer)
        peer.send(f"AUTHENTICATE {base64.b64encode(challenge).decode() or '+'}")
        assert await peer.expect("^AUTHENTICATE") == "AUTHENTICATE *"


# --- SCRAM -----------------------------------------------------------------------------------


class _Services:
    """The server's side, with a password of its own."""

    def __init__(self, password: str) -> None:
        mechanism = ScramMechanism("SCRAM-SHA-256")
        self._secrets = mechanism.make_auth_info(password, iteration_count=4096)
        self.asked_for: list[str] = []
        self.side = mechanism.make_server(self._look_up)

    def _look_up(self, account: str) -> object:
        self.asked_for.append(account)
        return self._secrets


async def _to_the_proof(peer: Peer, services: _Services) -> None:
    """Both first messages, and the client's proof."""
    await until_sasl(peer)
    assert await peer.expect("^AUTHENTICATE") == "AUTHENTICATE SCRAM-SHA-256"
    peer.send("AUTHENTICATE +")
    services.side.set_client_first((await _payload(peer)).decode())
    assert services.asked_for == ["jilles"]
    _send(peer, services.side.get_server_first())
    services.side.set_client_final((await _payload(peer)).decode())


async def test_scram(plain: ScriptedServer, tmp_path: Path) -> None:
    """Both sides prove that they know the password; an empty answer ends it."""
    services = _Services("sesame")
    async with checking(write_config(tmp_path, plain.port, more=PLAINTEXT + login(tmp_path, "SCRAM-SHA-256"))):
        peer = await plain.accept(20)
        await _to_the_proof(peer, services)
        _send(peer, services.side.get_server_final())
        assert await peer.expect("^AUTHENTICATE") == "AUTHENTICATE +"
        await logged_in(peer)


async def test_scram_with_another_password_proves_nothing(plain: ScriptedServer, tmp_path: Path) -> None:
    """The server sees it; and what it says then is no login."""
    services = _Services("notsesame")
    async with checking(write_config(tmp_path, plain.port, more=PLAINTEXT + login(tmp_path, "SCRAM-SHA-256"))):
        peer = await plain.accept(20)
        with pytest.raises(ScramException, match="don't match"):
            await _to_the_proof(peer, services)
        peer.send(f"{SERVER} 904 * :SASL authentication failed")
        assert await peer.expect("^(CAP|AUTHENTICATE)") == "CAP END"


@pytest.mark.parametrize(
    "final",
    [
        "v=" + base64.b64encode(b"x" * 32).decode(),
        "v=",
        "",
        "e=invalid-proof",
        "x",
        "v=é",
        None,
    ],
    ids=["forged", "no signature", "empty", "an error", "nothing known", "no base64", "no answer at all"],
)
async def test_a_server_that_does_not_know_the_password_is_not_believed(
    plain: ScriptedServer, tmp_path: Path, final: str | None
) -> None:
    """Nor is its 903, where it comes before the proof."""
    services = _Services("sesame")
    async with checking(write_config(tmp_path, plain.port, more=PLAINTEXT + login(tmp_path, "SCRAM-SHA-256"))):
        peer = await plain.accept(20)
        await _to_the_proof(peer, services)
        if final is None:
            peer.send(f"{SERVER} 900 * * jilles :in", f"{SERVER} 903 * :ok")
        else:
            peer.send(f"AUTHENTICATE {base64.b64encode(final.encode()).decode() or '+'}")
        assert await peer.expect("^(CAP|AUTHENTICATE)") == "AUTHENTICATE *"


@pytest.mark.parametrize(
    "first",
    [
        "r=anothernonce,s=c2FsdHNhbHRzYWx0c2FsdA==,i=4096",
        "r={nonce}x,s=c2FsdHNhbHRzYWx0c2FsdA==,i=1",
        "r={nonce}x,s=c2FsdHNhbHRzYWx0c2FsdA==,i=100001",
        "r={nonce}x,s=c2FsdHNhbHRzYWx0c2FsdA==,i=9999999",
        "r={nonce}x,s=c2FsdHNhbHRzYWx0c2FsdA==,i=99999999999999999999",
        "r={nonce}x,s=,i=4096",
        "",
    ],
    ids=[
        "another nonce",
        "one round",
        "a tenth of a second",
        "ten million rounds",
        "rounds for ever",
        "no salt",
        "empty",
    ],
)
async def test_a_first_message_that_asks_too_much_gets_no_proof(
    plain: ScriptedServer, tmp_path: Path, first: str
) -> None:
    """A proof with few rounds would give the password away; one with many would keep us busy for ever."""
    async with checking(write_config(tmp_path, plain.port, more=PLAINTEXT + login(tmp_path, "SCRAM-SHA-256"))):
        peer = await plain.accept(20)
        await until_sasl(peer)
        await peer.expect("^AUTHENTICATE SCRAM-SHA-256$")
        peer.send("AUTHENTICATE +")
        nonce = (await _payload(peer)).decode().partition("r=")[2]
        _send(peer, first.format(nonce=nonce)) if first else peer.send("AUTHENTICATE +")
        assert await peer.expect("^AUTHENTICATE", 3) == "AUTHENTICATE *"
