"""The first bytes decide what a file is, never its name."""

from pathlib import Path

import pytest

from core.formats.signature import Format, recognise
from tests.core.formats.damage import ALL, Damage

VECTORS = Path(__file__).parents[2] / "vectors"
BEFORE = (VECTORS / "atheme" / "before.db").read_bytes()


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"", "empty"),
        (b" \n\r\n", "empty"),
        (b"SQLite format 3\0" + bytes(84), "sqlite"),
        (b"SQLite format 3", "unknown"),
        (b"\x1f\x8b\x08\0", "gzip"),
        (b"\x28\xb5\x2f\xfd\0", "zstd"),
        (b"age-encryption.org/v1\n-> X25519 ", "age"),
        (b"-----BEGIN AGE ENCRYPTED FILE-----\n", "age"),
        (b"Salted__\1\2\3\4\5\6\7\x08", "openssl"),
        (b"OBJECT BotInfo\nDATA nick BotServ\n", "anope"),
        (b'{\n    "generator": "Anope 2.1.16-git (c4c159d)",\n    "version": 1,\n', "anope"),
        (b'{"generator": "something else"}', "unknown"),
        (b"services.db" + bytes(246) + b"ustar\x0000", "tar"),
        (b"\xef\xbb\xbfGRVER 1 \nDBV 12 \n", "atheme"),
        (b"grver 1 \n", "atheme"),
        (b"GRVER\r\n", "atheme"),
        (bytes(4096), "unknown"),
        (b"UnrealIRCd-DB-v1".ljust(32, b"\0"), "unrealircd"),
        (b"REPDB 1 2 3\n", "unrealircd"),
        (b"\x10\x10\x10\x10\x87\x13\0\0", "unrealircd"),
        (b"# Readme\n\nThe MU row of an account is a row.\n", "unknown"),
    ],
)
def test_what_a_file_is(head: bytes, expected: Format) -> None:
    assert recognise(head) == expected


@pytest.mark.parametrize("damage", ALL, ids=lambda damage: damage.name.replace(" ", "-"))
def test_a_damaged_database_is_still_one(damage: Damage) -> None:
    """Nothing is called another format because a line is wrong: what is wrong with it is what must be told."""
    assert recognise(damage.edit(BEFORE)) in {"atheme", "empty"}


def test_a_sealed_snapshot_is_known_as_sealed() -> None:
    for path in (VECTORS / "repository").rglob("*.age"):
        assert recognise(path.read_bytes()) == "age"
