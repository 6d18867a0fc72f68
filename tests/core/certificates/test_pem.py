"""What is in a file of certificates and keys is read, whatever else is in it, and no key is ever told."""

import base64
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.certificates.pem import LIMIT, read_pem
from tests.core.certificates.pki import NOW, Kind, key_pem, make_key, root, server, signed


def test_a_certificate_says_what_it_is_for() -> None:
    made = server(names=["irc.example.org", "*.EXAMPLE.net", "192.0.2.7", "2001:db8::1"])
    (read,) = read_pem(made.pem).certificates
    assert read.names == ("irc.example.org", "*.example.net", "192.0.2.7", "2001:db8::1")
    assert (read.subject, read.issuer, read.fingerprint) == ("irc.example.org", "R3", made.fingerprint)
    assert (read.begins_at, read.ends_at) == (NOW - timedelta(days=1), NOW + timedelta(days=90))
    assert not read.is_authority
    assert not read.signs_itself
    assert "der" not in repr(read)


def test_one_without_other_names_has_its_common_name() -> None:
    (read,) = read_pem(signed("Old.example.org", names=[]).pem).certificates
    assert read.names == ("old.example.org",)
    assert read.signs_itself


def test_a_name_that_is_no_text_for_a_line_is_told_harmless() -> None:
    (read,) = read_pem(signed("evil\r\nQUIT :\x02bold" + "x" * 40, names=[]).pem).certificates
    assert read.subject.isprintable()
    assert "\\r\\nQUIT" in read.subject


@pytest.mark.parametrize("kind", ["rsa", "ec", "ed25519"])
def test_every_kind_of_key_is_recognised_by_its_certificate(kind: Kind) -> None:
    key = make_key(kind)
    pem = read_pem(b"some words first\n" + signed("a", key=key).pem + key_pem(key))
    other = read_pem(key_pem(make_key(kind)))
    assert pem.keys[0].fits(pem.certificates[0]) is True
    assert other.keys[0].fits(pem.certificates[0]) is False


@pytest.mark.parametrize("old", [False, True])
def test_an_encrypted_key_cannot_be_checked(*, old: bool) -> None:
    """Neither does it fit nor does it differ."""
    key = make_key("rsa")
    (read,) = read_pem(key_pem(key, password="hunter2", old=old)).keys
    assert read.unread == "encrypted"
    assert read.fits(read_pem(signed("a", key=key).pem).certificates[0]) is None


def test_old_forms_of_keys_are_read() -> None:
    key = make_key("ec")
    with_parameters = b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
    pem = read_pem(with_parameters + key_pem(key, old=True) + signed("a", key=key).pem.replace(b"\n", b"\r\n"))
    assert pem.keys[0].fits(pem.certificates[0])


def test_what_is_no_certificate_or_cut_short_is_told_and_the_rest_is_read() -> None:
    good = server()
    wrong = b"-----BEGIN CERTIFICATE-----\n" + base64.b64encode(b"nothing at all") + b"\n-----END CERTIFICATE-----\n"
    cut = key_pem(make_key("rsa"))[:300]
    pem = read_pem(wrong + good.pem + cut)
    assert [read.fingerprint for read in pem.certificates] == [good.fingerprint]
    assert pem.troubles == (
        "holds no certificate where it says so (block 1)",
        "is cut short inside a private key (block 3)",
    )
    assert [key.unread for key in pem.keys] == ["unknown"]


def test_other_things_are_nothing() -> None:
    request = b"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"
    assert read_pem(request + b"-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----\n").is_nothing


def test_a_file_of_beginnings_takes_no_time() -> None:
    pem = read_pem(b"-----BEGIN X-----\n" * (LIMIT // 18))
    assert pem.troubles == ("holds more than 1,000 blocks: the others were not looked at",)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_bytes_make_it_raise(data: st.DataObject) -> None:
    """A real file with some of it replaced, as a disk does it."""
    whole = bytearray(root().pem + root().key_pem)
    for _ in range(data.draw(st.integers(1, 5))):
        start = data.draw(st.integers(0, len(whole) - 1))
        whole[start : start + 20] = data.draw(st.binary(max_size=30))
    assert "PRIVATE" not in repr(read_pem(bytes(whole)))
