"""The derivations of `openssl enc`, and its padding. The vectors are what `openssl enc -P` prints."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.formats.openssl_enc import BLOCK, ITERATIONS, Derivation, derivations, salt_of, unpadded

SALT = bytes.fromhex("0102030405060708")


@pytest.mark.parametrize(
    ("derivation", "key", "iv"),
    [
        (
            Derivation(digest="sha256", iterations=10_000),
            "edeb1973d06db0ac9d005e6cba1015adfd43d7c4cc3d5168d60dbbfbc0aa8b40",
            "1bd457757b24514a847e243514edc535",
        ),
        (
            Derivation(digest="sha256"),
            "085b2ae493df8814345b7b91e439daa3ef6692712af5aef7f55f853e427aca30",
            "1438eed66ccd26d7839cc92eb57e91f7",
        ),
        (
            Derivation(digest="md5"),
            "bcf8d941d9291141709c9d56360eb7148e3960ab3dc44d832c4028568545c91d",
            "5a7a1d12207f801d2f6f4cf578e8708c",
        ),
    ],
    ids=str,
)
def test_key_and_iv_are_those_that_openssl_prints(derivation: Derivation, key: str, iv: str) -> None:
    made = derivation.key_and_iv(b"correct horse", SALT)
    assert [part.hex() for part in made] == [key, iv]


def test_what_openssl_does_by_itself_is_always_tried_and_what_was_asked_for_first() -> None:
    usual = [str(one) for one in derivations()]
    assert usual == ["-pbkdf2", "-md sha256", "-md md5"]
    assert [str(one) for one in derivations(iterations=ITERATIONS)] == usual
    assert [str(one) for one in derivations(iterations=200_000)] == ["-pbkdf2 -iter 200000", *usual]
    asked = [str(one) for one in derivations(iterations=5, digest="sha512")]
    assert asked == ["-pbkdf2 -iter 5 -md sha512", "-md sha512", *usual]


@pytest.mark.parametrize(
    ("header", "told"),
    [
        (b"", "not begin"),
        (b"Salted__" + b"1234567", "cut off"),
        (b"U2FsdGVkX18BAgME", "-a"),
        (b"\x1f\x8b\x08" + bytes(13), "-nosalt"),
    ],
)
def test_what_is_no_such_file_is_told_by_what_it_is(header: bytes, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        salt_of(header)
    assert salt_of(b"Salted__" + SALT) == SALT


@given(st.binary(max_size=BLOCK - 1))
def test_padding_comes_off_as_it_went_on(rest: bytes) -> None:
    size = BLOCK - len(rest)
    assert unpadded(rest + bytes([size]) * size) == rest


@given(st.binary(max_size=2 * BLOCK))
def test_what_comes_off_is_padding_or_nothing_does(last: bytes) -> None:
    plain = unpadded(last)
    if plain is not None:
        size = BLOCK - len(plain)
        assert size >= 1
        assert last == plain + bytes([size]) * size
