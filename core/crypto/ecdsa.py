"""Signing a challenge with a key on NIST P-256, as SASL's ECDSA-NIST256P-CHALLENGE wants it."""

from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from core.disk import read_secret_bytes
from core.domain.errors import ConfigInvalid

CHALLENGE_BYTES = 32


class ChallengeSigner:
    """Signs with the key in a file, which is read each time: nothing of it stays in memory."""

    def __init__(self, key_file: Path) -> None:
        self._file = key_file

    def sign(self, challenge: bytes) -> bytes:
        """A DER signature over the challenge itself: it is taken for a digest, and not hashed again.

        Raises:
            ConfigInvalid, SecretExposed: the file is not there, not such a key, or others can read it.
            ValueError: a challenge is 32 bytes, and nothing else is signed.
        """
        if len(challenge) != CHALLENGE_BYTES:
            raise ValueError(f"a challenge has {CHALLENGE_BYTES} bytes")
        return self._key().sign(challenge, ec.ECDSA(Prehashed(SHA256())))

    def _key(self) -> ec.EllipticCurvePrivateKey:
        try:
            key = load_pem_private_key(read_secret_bytes(self._file), password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):  # TypeError: it is sealed with a passphrase
            raise ConfigInvalid(f"{self._file} is no private key that can be read (PEM, no passphrase)") from None
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise ConfigInvalid(
                f"{self._file} is no key on NIST P-256",
                hint="`openssl ecparam -name prime256v1 -genkey -noout` makes one",
            )
        return key
