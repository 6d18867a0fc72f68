"""Archives of the real `openssl enc` open, and nothing else is ever called whole."""

import gzip
import io
import subprocess
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.crypto.openssl_enc import OpensslOpener
from core.domain.errors import IdentityMissing, SourceDamaged
from core.formats.openssl_enc import derivations
from tests.conftest import require

PASSPHRASE = "x7Q+/=é ü"
PLAIN = gzip.compress(b"certificates and keys\n" * 5000, mtime=0)


def sealed_by_openssl(plain: bytes, *options: str, passphrase: str = PASSPHRASE) -> bytes:
    """As a script does it: the passphrase among the words, the file on standard input."""
    require("openssl")
    words = ["openssl", "enc", "-aes-256-cbc", "-salt", *options, "-k", passphrase]
    return subprocess.run(words, input=plain, capture_output=True, timeout=60, check=True).stdout


def is_gzip(head: bytes) -> bool:
    return head.startswith(b"\x1f\x8b\x08")


def opener(*passphrases: str, iterations: int = 0) -> OpensslOpener:
    return OpensslOpener([one.encode() for one in passphrases or (PASSPHRASE,)], derivations(iterations=iterations))


@pytest.fixture(scope="module")
def usual() -> bytes:
    return sealed_by_openssl(PLAIN)


@pytest.mark.parametrize(
    ("options", "how"),
    [
        ([], "-md sha256"),
        (["-pbkdf2"], "-pbkdf2"),
        (["-pbkdf2", "-iter", "777"], "-pbkdf2 -iter 777"),
        (["-md", "md5"], "-md md5"),
        (["-md", "sha256"], "-md sha256"),
    ],
)
def test_what_openssl_sealed_opens_and_how_it_was_sealed_is_told(options: list[str], how: str) -> None:
    sealed = sealed_by_openssl(PLAIN, *options)
    plain, told = opener(iterations=777).open(io.BytesIO(sealed), is_gzip)
    assert plain.read() == PLAIN
    assert told == f"openssl enc -aes-256-cbc {how}"


@pytest.mark.parametrize("size", [3, 15, 16, 17, 4095, 4096, 4097, 65_535, 65_536, 69_632, 69_633, 300_000])
def test_every_length_comes_out_as_it_went_in(size: int) -> None:
    plain = (b"\x1f\x8b\x08" + bytes(range(256)) * 1200)[:size]
    stream, _ = opener().open(io.BytesIO(sealed_by_openssl(plain)), is_gzip)
    assert stream.read() == plain


def test_each_passphrase_is_tried(usual: bytes) -> None:
    stream, _ = opener("of last year", PASSPHRASE).open(io.BytesIO(usual), is_gzip)
    assert stream.read() == PLAIN


def test_another_passphrase_is_not_called_damage_and_neither_is_told_apart(usual: bytes) -> None:
    with pytest.raises(IdentityMissing, match="cannot be told apart") as caught:
        opener("another").open(io.BytesIO(usual), is_gzip)
    assert "-md md5" in caught.value.hint
    assert "another" not in caught.value.hint


@pytest.mark.parametrize("cut", [1, 7, 15, 16, 32])
def test_a_file_that_was_cut_off_raises_before_its_end_is_seen(usual: bytes, cut: int) -> None:
    stream, _ = opener().open(io.BytesIO(usual[:-cut]), is_gzip)
    with pytest.raises(SourceDamaged, match=r"cut off|no padding"):
        stream.read()


@pytest.mark.parametrize("change", [bytes, lambda plain: plain[:5]], ids=["whole", "tiny"])
def test_what_is_no_such_file_is_damaged(change: Callable[[bytes], bytes]) -> None:
    with pytest.raises(SourceDamaged, match="Salted__"):
        opener().open(io.BytesIO(change(PLAIN)), is_gzip)


def unpacked(sealed: bytes) -> bytes | None:
    """What comes out of seal and gzip; None where one of them says that it is not whole."""
    try:
        return gzip.decompress(opener().open(io.BytesIO(sealed), is_gzip)[0].read())
    except (IdentityMissing, SourceDamaged, gzip.BadGzipFile, zlib.error, EOFError):
        return None


@given(st.binary(max_size=300))
def test_garbage_never_opens(garbage: bytes) -> None:
    assert unpacked(garbage) is None
    assert unpacked(b"Salted__" + garbage) is None


@given(data=st.data())
def test_a_changed_or_shortened_archive_is_never_called_whole(usual: bytes, data: st.DataObject) -> None:
    """What the padding does not notice, the checksum of gzip does."""
    assert unpacked(usual) == gzip.decompress(PLAIN)
    place = data.draw(st.integers(8, len(usual) - 1))
    changed = bytes([usual[place] ^ data.draw(st.integers(1, 255))])
    assert unpacked(usual[:place] + changed + usual[place + 1 :]) is None
    assert unpacked(usual[:place]) is None


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "large.enc"
    path.write_bytes(sealed_by_openssl(b"\x1f\x8b\x08" + bytes(32 << 20)))
    tracemalloc.start()
    with path.open("rb") as sealed:
        stream, _ = opener().open(sealed, is_gzip)
        while stream.read(1 << 16):
            pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 << 20
