"""A CA of a season and what it signs, for the demo and tests; with every extension that a strict verifier wants."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from core.disk import write_whole

_CA = "demo CA"


def make_pair(folder: Path, *, host: str) -> str:
    """`ca.pem`, `server.pem`, `server.key` for `host` and loopback. Returns the server's SHA-256 fingerprint."""
    authority, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _builder(_CA, _CA, authority.public_key(), authority.public_key())
    root = root.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    root = root.add_extension(_may_sign(certificates=True), critical=True)
    _write(folder / "ca.pem", root.sign(authority, hashes.SHA256()))
    loopback = [x509.IPAddress(ip_address(address)) for address in ("127.0.0.1", "::1")]
    names = x509.SubjectAlternativeName([x509.DNSName(host), *loopback])
    server = _builder(host, _CA, key.public_key(), authority.public_key()).add_extension(names, critical=False)
    certificate = server.sign(authority, hashes.SHA256())
    _write(folder / "server.pem", certificate, key)
    return certificate.fingerprint(hashes.SHA256()).hex()


def make_client(folder: Path, name: str) -> str:
    """`NAME.pem` and `NAME.key`, signed by itself, for certificate logins. Returns its SHA-256 fingerprint."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _builder(name, name, key.public_key(), key.public_key()).sign(key, hashes.SHA256())
    _write(folder / f"{name}.pem", certificate, key)
    return certificate.fingerprint(hashes.SHA256()).hex()


def _builder(
    subject: str, issuer: str, key: ec.EllipticCurvePublicKey, signer: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(_name(subject)).issuer_name(_name(issuer)).public_key(key)
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=90))
    # Python 3.13 and later refuse a chain that does not say which key signed it (VERIFY_X509_STRICT).
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    return builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer), critical=False)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _may_sign(*, certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificates,
        crl_sign=certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _write(path: Path, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey | None = None) -> None:
    write_whole(path, [certificate.public_bytes(serialization.Encoding.PEM)], mode=0o644)
    if key is not None:
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        write_whole(path.with_suffix(".key"), [private])
