"""A signature is checked once, and what is remembered never vouches for anything else."""

from pathlib import Path

import pytest

from core.crypto.signing import MinisignSigner, MinisignVerifier, generate_signing_key, write_signing_key
from core.domain.errors import SignatureInvalid
from core.repository.remembering import RememberingVerifier


class Counting(MinisignVerifier):
    """A real verifier that counts how often it is asked."""

    asked = 0

    def verify(self, content: bytes, signature_text: str) -> str:
        self.asked += 1
        return super().verify(content, signature_text)


@pytest.fixture
def signer(tmp_path: Path) -> MinisignSigner:
    write_signing_key(tmp_path / "signing.key", generate_signing_key()[0])
    return MinisignSigner(tmp_path / "signing.key")


def open_memory(signer: MinisignSigner, folder: Path, *more: str) -> tuple[RememberingVerifier, Counting]:
    keys = (signer.public, *more)
    real = Counting(keys)
    return RememberingVerifier(real, folder / "verified", trusted=keys), real


def test_it_is_checked_once_also_by_the_next_process(signer: MinisignSigner, tmp_path: Path) -> None:
    signature = signer.sign(b"content", "x")
    for asked in (1, 0):
        memory, real = open_memory(signer, tmp_path)
        assert [memory.verify(b"content", signature) for _ in range(3)] == [signer.public] * 3
        assert real.asked == asked
    assert (tmp_path / "verified").stat().st_mode & 0o777 == 0o600


def test_other_bytes_another_signature_and_other_keys_are_asked_about(signer: MinisignSigner, tmp_path: Path) -> None:
    signature = signer.sign(b"content", "x")
    memory, _ = open_memory(signer, tmp_path)
    memory.verify(b"content", signature)
    for content, text in ((b"contenT", signature), (b"content", signature.replace("x", "y")), (b"", signature)):
        with pytest.raises(SignatureInvalid):
            memory.verify(content, text)
    write_signing_key(tmp_path / "other.key", generate_signing_key()[0])
    stranger = MinisignSigner(tmp_path / "other.key")
    others, _ = open_memory(stranger, tmp_path)
    with pytest.raises(SignatureInvalid):
        others.verify(b"content", signature)


def test_of_several_keys_who_signed_is_always_asked(signer: MinisignSigner, tmp_path: Path) -> None:
    """What is remembered does not say whose it is."""
    memory, real = open_memory(signer, tmp_path, generate_signing_key()[1])
    signature = signer.sign(b"content", "x")
    assert [memory.verify(b"content", signature) for _ in range(2)] == [signer.public] * 2
    assert real.asked == 2


@pytest.mark.parametrize("spoiled", [b"", b"x", b"x" * 33, b"\0" * 64, b"x" * ((32 << 16) + 32)])
def test_a_spoiled_memory_costs_time_only(signer: MinisignSigner, tmp_path: Path, spoiled: bytes) -> None:
    (tmp_path / "verified").write_bytes(spoiled)
    signature = signer.sign(b"content", "x")
    for asked in (1, 0):
        memory, real = open_memory(signer, tmp_path)
        assert memory.verify(b"content", signature) == signer.public
        assert real.asked == asked
