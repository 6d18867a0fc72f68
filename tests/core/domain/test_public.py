"""What leaves the network names no place of it and nobody on it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.public import public


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/var/lib/atheme/services.db cannot be read", "…/services.db cannot be read"),
        ("alice!a@host.example.net was here", "(a hostmask) was here"),
        ("mail to oper@example.net.", "mail to (an e-mail address)."),
        ("from 192.0.2.7:6697 and 2001:db8::1", "from (an address) and (an address)"),
        ("at https://example.net/x?token=1 now", "at (an address) now"),
        ("unix:///run/docker.sock and postgres://bot:pw@db/x fail", "(an address) and (an address) fail"),
        ("hash $2b$12$abcdefghijklmnopqrstuv", "hash (a hash)"),
        ("d" * 64, "(a digest)"),
        ("x_" + "Qz+/" * 10 + "==, y", "x_(a digest), y"),
        ("AGE-SECRET-KEY-1QQQQ", "(a key)"),
        ("12:30:45 on 2026-11-22", "12:30:45 on 2026-11-22"),
        ("copy s3 is 3/4 done; !verify 7q2fk3", "copy s3 is 3/4 done; !verify 7q2fk3"),
        ("one\ntwo\x07\u202e", "one\ntwo"),
    ],
)
def test_what_is_private_is_named_by_what_it_is(text: str, told: str) -> None:
    assert public(text) == told


@pytest.mark.timeout(10)
@pytest.mark.parametrize("text", ["a+" * 30_000 + "_", "a/" * 30_000, "a:" * 30_000, "a@a." * 15_000, "/a" * 30_000])
def test_a_long_text_of_somebody_else_holds_nobody_up(text: str) -> None:
    assert len(public(text)) <= len(text)


@given(st.text(), st.from_regex(r"/[a-z]{1,8}(/[a-z]{1,8}){1,4}", fullmatch=True), st.ip_addresses(v=4).map(str))
def test_no_folder_and_no_address_is_left_whatever_stands_around(text: str, path: str, address: str) -> None:
    told = public(f"{text} {path} {address} {text}")
    assert f" {path} " not in told
    assert f" {address} " not in told
    assert public(told) == told
