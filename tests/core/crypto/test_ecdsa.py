"""A key on P-256 signs 32 bytes, as they are; everything else is named and signs nothing."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from core.crypto.ecdsa import ChallengeSigner
from core.domain.errors import ConfigInvalid, SecretExposed

PLAIN = NoEncryption()
Key = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def _file(folder: Path, key: Key, sealed: KeySerializationEncryption = PLAIN) -> Path:
    path = folder / "key"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealed))
    path.chmod(0o600)
    return path


def test_the_challenge_is_signed_as_it_is(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    signature = ChallengeSigner(_file(tmp_path, key)).sign(b"c" * 32)
    key.public_key().verify(signature, b"c" * 32, ec.ECDSA(Prehashed(SHA256())))


@pytest.mark.parametrize("length", [0, 31, 33, 4096])
def test_what_is_no_challenge_is_not_signed(tmp_path: Path, length: int) -> None:
    signer = ChallengeSigner(_file(tmp_path, ec.generate_private_key(ec.SECP256R1())))
    with pytest.raises(ValueError, match="32 bytes"):
        signer.sign(b"c" * length)


@pytest.mark.parametrize(
    ("key", "sealed", "words"),
    [
        (ec.generate_private_key(ec.SECP384R1()), PLAIN, "no key on NIST P-256"),
        (ed25519.Ed25519PrivateKey.generate(), PLAIN, "no key on NIST P-256"),
        (ec.generate_private_key(ec.SECP256R1()), BestAvailableEncryption(b"x"), "no passphrase"),
    ],
)
def test_another_key_is_named(tmp_path: Path, key: Key, sealed: KeySerializationEncryption, words: str) -> None:
    with pytest.raises(ConfigInvalid, match=words):
        ChallengeSigner(_file(tmp_path, key, sealed)).sign(b"c" * 32)


def test_a_file_that_others_can_read_or_that_is_none_is_named(tmp_path: Path) -> None:
    path = _file(tmp_path, ec.generate_private_key(ec.SECP256R1()))
    path.chmod(0o644)
    with pytest.raises(SecretExposed):
        ChallengeSigner(path).sign(b"c" * 32)
    path.write_text("no key")
    path.chmod(0o600)
    with pytest.raises(ConfigInvalid, match="no private key"):
        ChallengeSigner(path).sign(b"c" * 32)
    with pytest.raises(ConfigInvalid, match="does not exist"):
        ChallengeSigner(tmp_path / "gone").sign(b"c" * 32)
