"""Sealing with age: to all recipients, and what cannot be opened says why."""

import io
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.crypto.age import AgeSealer, generate_identity, write_identity
from core.domain.errors import ConfigInvalid, IdentityMissing, ObjectDamaged, ObjectExists, SecretExposed
from tests.machine import open_folder, unprivileged

IDENTITY, RECIPIENT = generate_identity()
OTHER_IDENTITY, OTHER_RECIPIENT = generate_identity()


@pytest.fixture
def key(tmp_path: Path) -> Path:
    write_identity(tmp_path / "host.key", IDENTITY)
    return tmp_path / "host.key"


def sealed_to(*recipients: str, content: bytes = b"content") -> bytes:
    sealed = io.BytesIO()
    AgeSealer(recipients=recipients, identity_file=None).seal(io.BytesIO(content), sealed)
    return sealed.getvalue()


def opened(sealed: bytes, identity_file: Path | None) -> bytes:
    plain = io.BytesIO()
    AgeSealer(recipients=[RECIPIENT], identity_file=identity_file).open(io.BytesIO(sealed), plain)
    return plain.getvalue()


@settings(max_examples=30, deadline=None)
@given(content=st.binary(max_size=300) | st.integers(65_535, 65_537).map(bytes))
def test_every_recipient_opens_it(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """Also at the edges of age's chunks of 64 KiB."""
    sealed = sealed_to(RECIPIENT, OTHER_RECIPIENT, content=content)
    assert content not in sealed or len(content) < 4
    folder = tmp_path_factory.mktemp("keys")
    for name, identity in (("one", IDENTITY), ("two", OTHER_IDENTITY)):
        write_identity(folder / name, identity)
        assert opened(sealed, folder / name) == content


def test_an_identity_file_is_ours_alone_and_never_overwritten(key: Path) -> None:
    """Losing it is losing every snapshot."""
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    with pytest.raises(ObjectExists):
        write_identity(key, OTHER_IDENTITY)
    assert key.read_text() == f"{IDENTITY}\n"
    assert IDENTITY.startswith("AGE-SECRET-KEY-1")
    assert RECIPIENT.startswith("age1")


def test_several_identities_in_one_file_with_comments(key: Path) -> None:
    """Old ones stay after a rotation, so that old snapshots still open."""
    key.write_text(f"# created: 2026\n# public key: x\n{OTHER_IDENTITY}\n\n{IDENTITY}\n")
    assert opened(sealed_to(RECIPIENT), key) == b"content"
    assert opened(sealed_to(OTHER_RECIPIENT), key) == b"content"


def test_a_host_without_the_right_identity_says_so(key: Path) -> None:
    """None configured, none there, another one: each has its own words, and none of them is damage."""
    with pytest.raises(IdentityMissing, match="only seals"):
        opened(sealed_to(RECIPIENT), None)
    with pytest.raises(IdentityMissing, match=f"{key}x does not exist"):
        opened(sealed_to(RECIPIENT), Path(f"{key}x"))
    with pytest.raises(IdentityMissing, match="does not open it"):
        opened(sealed_to(OTHER_RECIPIENT), key)


def test_an_exposed_identity_is_not_used(key: Path) -> None:
    """Before it opens anything."""
    key.chmod(0o644)
    with pytest.raises(SecretExposed, match="mode 0644"):
        opened(sealed_to(RECIPIENT), key)


def test_a_closed_identity_is_told(key: Path) -> None:
    """Not as a missing one."""
    with open_folder() as folder:
        (folder / "closed").mkdir(mode=0o700)
        write_identity(folder / "closed" / "host.key", key.read_text().strip())
        (folder / "closed").chmod(0o000)
        with unprivileged(), pytest.raises(ConfigInvalid, match="cannot be read"):
            opened(sealed_to(RECIPIENT), folder / "closed" / "host.key")
        (folder / "closed").chmod(0o700)


@pytest.mark.parametrize("content", ["", "# only a comment\n", "nonsense\n", "AGE-SECRET-KEY-1NONSENSE\n"])
def test_a_file_without_an_identity_is_a_mistake_in_the_configuration(key: Path, content: str) -> None:
    """Named by path, without what is in it."""
    key.write_text(content)
    with pytest.raises(ConfigInvalid, match="holds no age identity") as caught:
        opened(sealed_to(RECIPIENT), key)
    assert "nonsense" not in str(caught.value).lower()


def test_bad_recipients_are_named_by_their_place() -> None:
    """And by how they begin, unless a secret was pasted there."""
    with pytest.raises(ConfigInvalid, match=r"number 2 of keys\.recipients \(age1qqqqqqqq…\)"):
        sealed_to(RECIPIENT, "age1" + "q" * 50)
    with pytest.raises(ConfigInvalid, match=r"number 1 of keys\.recipients is not") as caught:
        sealed_to(IDENTITY)
    assert IDENTITY[16:24] not in str(caught.value)
    with pytest.raises(ConfigInvalid, match="no recipient"):
        sealed_to()


def test_what_is_cut_or_changed_is_damage(key: Path) -> None:
    """Never a crash, and never content: at each byte of the header and here and there in the payload."""
    sealed = sealed_to(RECIPIENT, content=os.urandom(70_000))
    places = [*range(300), *range(300, len(sealed), 7919)]
    for place in places:
        for spoiled in (sealed[:place], sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]):
            # A changed recipient stanza is one for somebody else: the stored digest tells that it was changed.
            with pytest.raises((ObjectDamaged, IdentityMissing)):
                opened(spoiled, key)


def test_a_stream_that_fails_is_not_damage(key: Path) -> None:
    """What the caller's own streams say reaches the caller."""

    class Full(io.BytesIO):
        def write(self, content: object, /) -> int:
            del content
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        AgeSealer(recipients=[RECIPIENT], identity_file=key).open(io.BytesIO(sealed_to(RECIPIENT)), Full())
