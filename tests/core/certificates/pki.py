"""Authorities of a day, what they sign, and the folders that such files lie in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from typing import Any, Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

Kind = Literal["rsa", "ec", "ed25519"]
AnyKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)  # as `FakeClock` says
_HASHED = hashes.SHA256()
_SIGNS = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


@dataclass(frozen=True, kw_only=True)
class Identity:
    """A certificate, the key that it was made for, and the certificates above it."""

    certificate: x509.Certificate
    key: AnyKey
    above: tuple[x509.Certificate, ...] = ()

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def chain(self) -> bytes:
        """The certificate and those above it but for the last, which is the root."""
        return self.pem + b"".join(one.public_bytes(Encoding.PEM) for one in self.above[:-1])

    @property
    def key_pem(self) -> bytes:
        return key_pem(self.key)

    @property
    def fingerprint(self) -> str:
        return self.certificate.fingerprint(_HASHED).hex()


def key_pem(key: AnyKey, *, password: str = "", old: bool = False) -> bytes:
    secret: KeySerializationEncryption = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    form = PrivateFormat.TraditionalOpenSSL if old else PrivateFormat.PKCS8
    return key.private_bytes(Encoding.PEM, form, secret)


def make_key(kind: Kind = "ec") -> AnyKey:
    if kind == "rsa":
        return rsa.generate_private_key(65537, 2048)
    return ed25519.Ed25519PrivateKey.generate() if kind == "ed25519" else ec.generate_private_key(ec.SECP256R1())


def signed(
    name: str,
    *,
    by: Identity | None = None,
    names: Sequence[str] | None = None,
    key: AnyKey | None = None,
    days: float = 90,
    since: float = 1,
    now: datetime = NOW,
    authority: bool = False,
) -> Identity:
    """Of somebody, from `since` days ago (or a day before its end) to `days` from now; by default signed by itself."""
    key = key or make_key()
    issuer = by.certificate.subject if by is not None else _name(name)
    made = x509.CertificateBuilder().subject_name(_name(name)).issuer_name(issuer).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number())
    ends_at = now + timedelta(days=days)
    made = made.not_valid_before(min(now - timedelta(days=since), ends_at - timedelta(days=1))).not_valid_after(ends_at)
    made = made.add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    above = by.certificate.public_key() if by is not None else key.public_key()
    made = made.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    made = made.add_extension(_above(above), critical=False)
    if authority:
        made = made.add_extension(_SIGNS, critical=True)
    given = ([] if authority else [name]) if names is None else names
    if given:
        made = made.add_extension(x509.SubjectAlternativeName([_general(one) for one in given]), critical=False)
    signer = by.key if by is not None else key
    certificate = made.sign(signer, None if isinstance(signer, ed25519.Ed25519PrivateKey) else _HASHED)
    return Identity(certificate=certificate, key=key, above=(by.certificate, *by.above) if by is not None else ())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)] if text else [])


def _above(key: object) -> x509.AuthorityKeyIdentifier:
    """Which key signed it: strict verifiers ask for that."""
    assert isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey)
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


@cache
def root() -> Identity:
    """The root of all that is signed here, for years."""
    return signed("root", days=3650, authority=True)


@cache
def between() -> Identity:
    """Who signs for servers, under the root."""
    return signed("R3", by=root(), days=1825, authority=True)


def server(name: str = "irc.example.org", **more: Any) -> Identity:
    """A server's certificate under both of them."""
    return signed(name, by=between(), **more)
