"""Encrypted databases of UnrealIRCd: their length shows little, their secret shows everything."""

from pathlib import Path

import pytest

from core.crypto.unrealdb import UnrealdbOpener
from core.formats.unrealircd import Judged, judge
from core.secrets import Secret
from tests import unrealdb

REAL = Path(__file__).parents[2] / "vectors" / "unrealircd" / "history"
BANS = unrealdb.bans([unrealdb.gline(b"host%d.example" % number) for number in range(250)])  # four chunks


def opener(folder: Path, secret: str = unrealdb.SECRET, mode: int = 0o600) -> UnrealdbOpener:
    path = folder / "secret"
    path.write_text(f"{secret}\n")
    path.chmod(mode)
    return UnrealdbOpener([Secret(file=str(path))])


@pytest.fixture(scope="module")
def content() -> bytes:
    return unrealdb.encrypted(BANS)


def codes(judged: Judged) -> list[str]:
    return [finding.code for finding in judged.findings]


def test_with_the_secret_it_is_read_as_a_plain_one(content: bytes, tmp_path: Path) -> None:
    judged = judge(content, "bans", opener(tmp_path))
    assert judged.form == "encrypted"
    assert judged.counts == {"bans": 250}
    assert not judged.damaged
    assert not judged.unread
    assert judge(content, None, opener(tmp_path)).kind == "bans"


def test_without_a_secret_nothing_is_claimed(content: bytes) -> None:
    judged = judge(content, "bans")
    assert not judged.damaged
    assert judged.unread == "it is encrypted, and no secret is configured here"


def test_another_secret_is_no_damage(content: bytes, tmp_path: Path) -> None:
    judged = judge(content, "bans", opener(tmp_path, "another"))
    assert judged.other_secret
    assert not judged.damaged


def test_a_secret_that_others_can_read_is_not_used(content: bytes, tmp_path: Path) -> None:
    judged = judge(content, "bans", opener(tmp_path, mode=0o644))
    assert "others can read" in judged.unread
    assert not judged.other_secret


def test_every_truncation_is_noticed_with_the_secret(content: bytes, tmp_path: Path) -> None:
    """A cut within the first chunk looks like another secret: it is not called good either."""
    asked = opener(tmp_path)
    for size in [*range(0, len(content), 97), 86, 86 + 4113, 86 + 2 * 4113, len(content) - 1]:
        judged = judge(content[:size], "bans", asked)
        assert judged.damaged or (judged.other_secret and size < 86 + 4113), size


def test_a_cut_between_chunks_shows_in_the_length_alone(content: bytes) -> None:
    assert codes(judge(content[: 86 + 4113], "bans")) == ["truncated"]
    assert codes(judge(content[:86], "bans")) == ["truncated"]
    assert codes(judge(content[: 86 + 4113 + 16], "bans")) == ["truncated"]


def test_one_that_does_not_say_that_it_ends_is_cut_off(tmp_path: Path) -> None:
    """UnrealIRCd itself does not look for that."""
    judged = judge(unrealdb.encrypted(BANS, final=False), "bans", opener(tmp_path))
    assert codes(judged) == ["truncated"]


def test_what_follows_the_last_chunk_is_noticed(content: bytes, tmp_path: Path) -> None:
    short = unrealdb.encrypted(unrealdb.bans([]))
    padded = short + bytes(86 + 4113 - len(short) + 20)
    assert judge(padded, "bans", opener(tmp_path)).other_secret  # one chunk and not the one that was written
    whole = unrealdb.encrypted(BANS + bytes(4096 * 4 - len(BANS) - 35))  # ends with an empty last chunk
    assert codes(judge(whole, "bans", opener(tmp_path))) == ["trailing"]
    assert codes(judge(content + bytes(5000), "bans", opener(tmp_path))) == ["truncated"]


def test_a_damaged_chunk_is_named(content: bytes, tmp_path: Path) -> None:
    damaged = bytearray(content)
    damaged[86 + 4113 + 7] ^= 1
    told = judge(bytes(damaged), "bans", opener(tmp_path)).findings[0].text
    assert told == "it opens, and is damaged or cut off within chunk 2"


def test_nobody_makes_us_fill_the_memory(content: bytes, tmp_path: Path) -> None:
    greedy = bytearray(content)
    greedy[36] = 31
    assert "more than UnrealIRCd" in judge(bytes(greedy), "bans", opener(tmp_path)).unread


@pytest.mark.parametrize("path", sorted(REAL.iterdir()), ids=lambda path: path.name[:9])
def test_real_ones_have_the_length_that_they_must_have(path: Path, tmp_path: Path) -> None:
    """Written by UnrealIRCd 6.1.8.1, with a secret that nobody has."""
    content = path.read_bytes()
    assert not judge(content, "history").damaged
    assert judge(content, "history", opener(tmp_path)).other_secret
