"""A small CA and what it signs, made in a moment for one test."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(subject: str, issuer: str, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(_name(subject)).issuer_name(_name(issuer)).public_key(key)
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=2))


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def make_pair(folder: Path, *, host: str) -> str:
    """`ca.pem`, `server.pem`, `server.key` for `host` and 127.0.0.1. Returns the server's SHA-256 fingerprint."""
    authority = ec.generate_private_key(ec.SECP256R1())
    root = _builder("test CA", "test CA", authority.public_key()).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    (folder / "ca.pem").write_bytes(root.sign(authority, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    key = ec.generate_private_key(ec.SECP256R1())
    names = x509.SubjectAlternativeName([x509.DNSName(host), x509.IPAddress(ip_address("127.0.0.1"))])
    server = _builder(host, "test CA", key.public_key()).add_extension(names, critical=False)
    certificate = server.sign(authority, hashes.SHA256())
    (folder / "server.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "server.key").write_bytes(_pem(key))
    (folder / "server.key").chmod(0o600)
    return certificate.fingerprint(hashes.SHA256()).hex()


def make_client(folder: Path, name: str) -> str:
    """`NAME.pem` and `NAME.key`, signed by itself, for certificate logins. Returns its SHA-256 fingerprint."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _builder(name, name, key.public_key()).sign(key, hashes.SHA256())
    (folder / f"{name}.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / f"{name}.key").write_bytes(_pem(key))
    (folder / f"{name}.key").chmod(0o600)
    return certificate.fingerprint(hashes.SHA256()).hex()
