"""Signing: what a trusted key signed is told from everything else, by us and by Debian's minisign alike."""

import stat
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.crypto.minisign import SecretKey, read_secret_key
from core.crypto.signing import (
    MinisignSigner,
    MinisignVerifier,
    generate_signing_key,
    public_of,
    write_signing_key,
)
from core.domain.errors import ConfigInvalid, ObjectExists, SecretExposed, SignatureInvalid
from tests.conftest import require

SECRET, PUBLIC = generate_signing_key()
OTHER_SECRET, OTHER_PUBLIC = generate_signing_key()
CONTENT = b'{\n "format": 2\n}\n'


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> MinisignSigner:
    path = tmp_path_factory.mktemp("keys") / "signing.key"
    write_signing_key(path, SECRET)
    return MinisignSigner(path)


@pytest.fixture(scope="module")
def signature(signer: MinisignSigner) -> str:
    return signer.sign(CONTENT, "snapshot 7 of services")


def minisign(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    require("minisign")
    return subprocess.run(
        ["/usr/bin/env", "minisign", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        input="",
    )


def id_of(public: str) -> str:
    return read_secret_key(SECRET if public == PUBLIC else OTHER_SECRET).public.key_id[::-1].hex().upper()


# --- with the stock tool -------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", CONTENT, bytes(range(256)) * 400])
def test_minisign_verifies_what_we_signed(tmp_path: Path, signer: MinisignSigner, content: bytes) -> None:
    """With the public line on the command line; and it shows our comment as a trusted one."""
    (tmp_path / "manifest").write_bytes(content)
    (tmp_path / "manifest.minisig").write_text(signer.sign(content, "snapshot 7 · services\tof ExampleNet"))
    done = minisign(tmp_path, "-V", "-m", "manifest", "-P", PUBLIC)
    assert done.returncode == 0, done.stderr
    assert "Trusted comment: snapshot 7 · services\tof ExampleNet" in done.stdout
    (tmp_path / "manifest").write_bytes(content + b"x")
    assert minisign(tmp_path, "-V", "-m", "manifest", "-P", PUBLIC).returncode == 1


def test_minisign_signs_with_our_key(tmp_path: Path) -> None:
    """A key of ours outlives us: the stock tool uses its file as it is."""
    write_signing_key(tmp_path / "signing.key", SECRET)
    (tmp_path / "manifest").write_bytes(CONTENT)
    done = minisign(tmp_path, "-S", "-s", "signing.key", "-m", "manifest", "-t", "by hand")
    assert done.returncode == 0, done.stderr
    assert MinisignVerifier([PUBLIC]).verify(CONTENT, (tmp_path / "manifest.minisig").read_text()) == PUBLIC


@pytest.mark.parametrize("how", [[], ["-l"]], ids=["prehashed", "legacy"])
def test_we_verify_what_minisign_signed_and_sign_with_its_key(tmp_path: Path, how: list[str]) -> None:
    """Its key file without a passphrase is ours to use."""
    done = minisign(tmp_path, "-G", "-W", "-s", "its.key", "-p", "its.pub")
    assert done.returncode == 0, done.stderr
    its = (tmp_path / "its.pub").read_text().splitlines()[1]
    (tmp_path / "manifest").write_bytes(CONTENT)
    assert minisign(tmp_path, "-S", *how, "-s", "its.key", "-m", "manifest").returncode == 0
    assert MinisignVerifier([PUBLIC, its]).verify(CONTENT, (tmp_path / "manifest.minisig").read_text()) == its
    signer = MinisignSigner(tmp_path / "its.key")
    assert signer.public == its
    assert MinisignVerifier([its]).verify(CONTENT, signer.sign(CONTENT, "ours")) == its


# --- what is refused -----------------------------------------------------------------------------


def test_a_flipped_bit_anywhere_is_refused(signature: str) -> None:
    """In the content, and in every line of the signature but the first, which minisign signs for nobody."""
    verifier = MinisignVerifier([PUBLIC, OTHER_PUBLIC])
    assert verifier.verify(CONTENT, signature) == PUBLIC
    for place in range(len(CONTENT) * 8):
        with pytest.raises(SignatureInvalid):
            verifier.verify(_flipped(CONTENT, place), signature)
    raw = signature.encode()
    lines_that_count = raw.index(b"\n") * 8
    for place in range(lines_that_count, len(raw) * 8):
        with pytest.raises(SignatureInvalid):
            verifier.verify(CONTENT, _flipped(raw, place).decode(errors="surrogateescape"))


def _flipped(content: bytes, bit: int) -> bytes:
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def test_a_key_that_is_not_trusted_is_named(signature: str) -> None:
    """With the ids that minisign shows, so that an operator can compare them."""
    with pytest.raises(SignatureInvalid, match=f"signed with key {id_of(PUBLIC)}, which is not trusted") as caught:
        MinisignVerifier([OTHER_PUBLIC]).verify(CONTENT, signature)
    assert id_of(OTHER_PUBLIC) in caught.value.hint
    with pytest.raises(SignatureInvalid, match="not trusted") as caught:
        MinisignVerifier([]).verify(CONTENT, signature)
    assert caught.value.hint.endswith("none")


def test_what_was_changed_after_signing_is_told_from_what_another_key_signed(signature: str) -> None:
    """The key is trusted, the content is not what it signed."""
    with pytest.raises(SignatureInvalid, match=f"not what key {id_of(PUBLIC)} signed"):
        MinisignVerifier([PUBLIC]).verify(CONTENT + b" ", signature)


def test_a_trusted_comment_cannot_be_put_on_another_signature(signer: MinisignSigner, signature: str) -> None:
    """The last line binds them."""
    other = signer.sign(b"another", "another comment").splitlines()
    ours = signature.splitlines()
    for mixed in ([*ours[:2], *other[2:]], [*ours[:2], other[2], ours[3]]):
        with pytest.raises(SignatureInvalid):
            MinisignVerifier([PUBLIC]).verify(CONTENT, "\n".join(mixed))


@settings(max_examples=200)
@given(st.text(max_size=400) | st.text(alphabet=st.characters(codec=None), max_size=400))
def test_garbage_is_a_signature_that_does_not_hold(text: str) -> None:
    """Whatever a storage gives back: never a crash."""
    with pytest.raises(SignatureInvalid):
        MinisignVerifier([PUBLIC]).verify(CONTENT, text)


@settings(max_examples=200)
@given(replaced=st.sampled_from([0, 1, 2, 3]), line=st.text(max_size=120), keep=st.integers(0, 120))
def test_a_signature_with_a_garbled_line_does_not_hold(signature: str, replaced: int, line: str, keep: int) -> None:
    """What remains of it holds only if nothing that counts was changed."""
    lines = signature.splitlines()
    lines[replaced] = lines[replaced][:keep] + line
    try:
        MinisignVerifier([PUBLIC]).verify(CONTENT, "\n".join(lines))
    except SignatureInvalid:
        return
    assert lines[1:] == signature.splitlines()[1:]


def test_a_text_without_end_is_refused_early(signature: str) -> None:
    """A storage may give back anything; what is not a signature is not looked at for long."""
    with pytest.raises(SignatureInvalid, match="longer than"):
        MinisignVerifier([PUBLIC]).verify(CONTENT, signature + "\n" * 20_000)


# --- keys ----------------------------------------------------------------------------------------


def test_a_signing_key_is_ours_alone_and_never_overwritten(tmp_path: Path) -> None:
    """Whoever has it forges snapshots."""
    path = tmp_path / "signing.key"
    write_signing_key(path, SECRET)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert public_of(path) == PUBLIC
    with pytest.raises(ObjectExists):
        write_signing_key(path, OTHER_SECRET)
    path.chmod(0o644)
    with pytest.raises(SecretExposed):
        MinisignSigner(path).sign(CONTENT, "never")


def test_the_same_content_has_the_same_signature(signer: MinisignSigner, signature: str) -> None:
    assert signer.sign(CONTENT, "snapshot 7 of services") == signature
    assert "snapshot 7 of services\n" in signature
    assert PUBLIC.startswith("RW")


def test_a_comment_of_two_lines_is_not_signed(signer: MinisignSigner) -> None:
    for comment in ("one\ntwo", "bell\a", "long" * 3000):
        with pytest.raises(ValueError, match="one line"):
            signer.sign(CONTENT, comment)


def test_a_key_with_a_passphrase_is_told(tmp_path: Path) -> None:
    """What minisign makes unless it is told otherwise. Nobody is there to type it."""
    comment, packed = SECRET.splitlines()
    spoiled = packed[:2] + "RTY0" + packed[6:]  # another derivation
    (tmp_path / "signing.key").write_text(f"{comment}\n{spoiled}\n")
    (tmp_path / "signing.key").chmod(0o600)
    with pytest.raises(ConfigInvalid, match=r"without a passphrase: .*minisign -G -W"):
        MinisignSigner(tmp_path / "signing.key").sign(CONTENT, "never")


@settings(max_examples=100)
@given(st.integers(0, 212 * 8 - 1) | st.text(max_size=200))
def test_a_damaged_key_file_signs_nothing_else(tmp_path_factory: pytest.TempPathFactory, damage: int | str) -> None:
    """A mistake with its path and without its content, or no damage to what signs: its salt is used by nobody."""
    path = tmp_path_factory.mktemp("keys") / "signing.key"
    raw = SECRET.encode()
    path.write_bytes(damage.encode() if isinstance(damage, str) else _flipped(raw, raw.index(b"\n") * 8 + damage))
    path.chmod(0o600)
    try:
        signature = MinisignSigner(path).sign(CONTENT, "still")
    except ConfigInvalid as error:
        said = str(error)
    else:
        said = f"{path} signs for {MinisignVerifier([PUBLIC]).verify(CONTENT, signature)}"
    assert str(path) in said
    assert SECRET.splitlines()[1][80:110] not in said


def test_a_secret_key_does_not_show_its_seed() -> None:
    """A traceback with values shows what `repr` shows."""
    key = read_secret_key(SECRET)
    assert isinstance(key, SecretKey)
    assert repr(key.seed) not in repr(key)


def test_what_is_no_public_key_is_named_by_its_place() -> None:
    for line in ("", "RW", PUBLIC[:-1], PUBLIC + "A", "age1qqqq", SECRET, PUBLIC.lower()):
        with pytest.raises(ConfigInvalid, match=r"number 2 of keys\.trusted"):
            MinisignVerifier([PUBLIC, line])
