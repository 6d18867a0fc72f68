"""Debian's sshd as a storage: nothing is replaced, what was cut short goes on, two writers never mix."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import ValidationError

from core.domain.errors import (
    BackupServError,
    ConfigInvalid,
    ObjectExists,
    ObjectNotFound,
    SecretExposed,
    StorageFull,
    StorageUnavailable,
)
from core.storage.sftp import SftpStorage
from core.storage.sftp_claim import LEASE, Claim
from core.storage.sftp_upload import Names
from tests.contracts.storage_contract import keys, read
from tests.lab.network import free_port
from tests.lab.ssh import SshServer, make_key
from tests.machine import small_disk

MB = 1 << 20


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "repository"


@pytest.fixture
def storage(sshd: SshServer, root: Path) -> Iterator[SftpStorage]:
    with sshd.storage(root) as storage:
        yield storage


def left_by(storage: SftpStorage, content: Iterator[bytes], key: str = "a/one") -> None:
    """A stream that ends half-way."""
    with pytest.raises(ConnectionResetError):
        storage.put(key, content)


def breaking(content: bytes) -> Iterator[bytes]:
    yield content
    raise ConnectionResetError("the stream broke")


def old(path: Path, seconds: float) -> None:
    then = path.stat().st_mtime - seconds
    os.utime(path, (then, then))


def test_folders_and_files_are_ours_alone(storage: SftpStorage, root: Path) -> None:
    """0700 and 0600, and nothing else is left."""
    storage.put("a/b/one", [b"x"])
    assert [path.stat().st_mode & 0o777 for path in (root, root / "a", root / "a/b")] == [0o700] * 3
    assert [path.name for path in root.rglob("*") if path.is_file()] == ["one"]
    assert (root / "a/b/one").stat().st_mode & 0o777 == 0o600


def test_a_relative_folder_starts_where_the_user_logs_in(sshd: SshServer) -> None:
    """As scp and sftp have it."""
    assert sshd.settings(Path("x")).place("a/b") == "x/a/b"
    assert sshd.settings(Path("/")).place("a/b") == "/a/b"
    assert sshd.settings(Path("/srv/x")).place("") == "/srv/x"


def test_what_was_sent_is_not_sent_again(storage: SftpStorage, root: Path) -> None:
    """The next attempt reads back what is there, and sends the rest."""
    whole = os.urandom(3 * MB)
    left_by(storage, breaking(whole[: 2 * MB]))
    assert keys(storage) == []
    partial = Path(Names(final=str(root / "a/one")).partial)
    before = partial.stat().st_ino
    assert partial.read_bytes() == whole[: 2 * MB]
    storage.put("a/one", [whole])
    assert read(storage, "a/one") == whole
    assert (root / "a/one").stat().st_ino == before
    assert [path.name for path in (root / "a").iterdir()] == ["one"]


@pytest.mark.parametrize("size", [5, MB + 5, 3 * MB])
def test_a_part_of_something_else_is_replaced(storage: SftpStorage, root: Path, size: int) -> None:
    """From the first byte that differs; what is longer is cut."""
    first = os.urandom(2 * MB)
    left_by(storage, breaking(first))
    second = first[:4] + os.urandom(size - 4)
    storage.put("a/one", [second])
    assert (root / "a/one").read_bytes() == second


def test_a_partial_that_is_a_link_is_not_written_to(storage: SftpStorage, root: Path, tmp_path: Path) -> None:
    """Somebody else put it there."""
    (root / "a").mkdir(parents=True)
    precious = tmp_path / "precious"
    precious.write_text("precious")
    Path(Names(final=str(root / "a/one")).partial).symlink_to(precious)
    with pytest.raises(StorageUnavailable, match="is not a file"):
        storage.put("a/one", [b"x"])
    assert precious.read_text() == "precious"


def test_a_writer_that_lives_keeps_others_out(storage: SftpStorage, sshd: SshServer, root: Path) -> None:
    """In this process and elsewhere; the first one ends undisturbed."""

    def disturbed() -> Iterator[bytes]:
        yield b"a" * 2 * MB
        with sshd.storage(root) as other, pytest.raises(StorageUnavailable, match="another thread"):
            other.put("a/one", [b"b" * 10])
        yield b"c"

    storage.put("a/one", disturbed())
    assert read(storage, "a/one") == b"a" * 2 * MB + b"c"


def test_a_claim_of_another_host_holds_until_it_was_silent_for_a_lease(storage: SftpStorage, root: Path) -> None:
    """By the server's clock. Half a claim, which says nothing, is another host's."""
    names = Names(final=str(root / "a/one"))
    (root / "a").mkdir(parents=True)
    for story in ("elsewhere/1 7 1 ab", ""):
        claim, partial = Path(names.claim), Path(names.partial)
        claim.write_text(story)
        partial.write_text("half")
        with pytest.raises(StorageUnavailable, match="being written by another run"):
            storage.put("a/one", [b"whole"])
        old(claim, LEASE + 60)
        with pytest.raises(StorageUnavailable, match="being written by another run"):
            storage.put("a/one", [b"whole"])
        old(partial, LEASE + 60)
        storage.put("a/one", [b"whole"])
        assert [path.name for path in (root / "a").iterdir()] == ["one"]
        storage.delete("a/one")


def test_a_writer_whose_claim_was_taken_stops(
    storage: SftpStorage, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was silent for too long, and somebody else is at it: it must not publish what two have written."""
    monkeypatch.setattr("core.storage.sftp_claim._PAUSE", -1)
    names = Names(final=str(root / "a/one"))

    def overtaken() -> Iterator[bytes]:
        yield b"a" * 2 * MB
        Path(names.claim).write_text("elsewhere/1 7 1 ab")
        yield b"b" * 2 * MB

    with pytest.raises(StorageUnavailable, match="silent for too long"):
        storage.put("a/one", overtaken())
    assert keys(storage) == []


def test_a_claim_is_one_per_object(sshd: SshServer, root: Path) -> None:
    """Two objects of one folder do not wait for each other."""
    with sshd.storage(root) as storage:
        one, two = (Names(final=str(root / name)) for name in ("one", "two"))
        with Claim(storage._server, one.claim, one.partial), Claim(storage._server, two.claim, two.partial):
            assert Path(one.claim).exists()
        assert not Path(one.claim).exists()


def test_sweeping_takes_what_nobody_resumes_any_more(storage: SftpStorage, root: Path) -> None:
    """Three days; younger ones keep their chance."""
    for key in ("a/one", "a/two"):
        left_by(storage, breaking(b"x" * 2 * MB), key)
    names = Names(final=str(root / "a/one"))
    partial, claim = Path(names.partial), Path(names.claim)
    claim.write_text("elsewhere/1 7 1 ab")
    old(claim, 4 * 24 * 3600)
    assert storage.sweep() == (), "its upload is young: it is slow, and lives"
    old(partial, 4 * 24 * 3600)
    assert set(storage.sweep()) == {f"a/{partial.name}", f"a/{claim.name}"}
    assert [path.name for path in (root / "a").iterdir()] == [Path(Names(final=str(root / "a/two")).partial).name]


def test_a_link_never_leads_out(storage: SftpStorage, root: Path, tmp_path: Path) -> None:
    """Neither to write, nor to read, list or delete; and a listing does not leave out what it hides."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("x")
    root.mkdir()
    (root / "link").symlink_to(outside)
    for attempt in (
        lambda: storage.put("link/new", [b"x"]),
        lambda: storage.open("link/secret"),
        lambda: storage.delete("link/secret"),
        lambda: keys(storage, "link"),
        lambda: keys(storage),
    ):
        with pytest.raises(StorageUnavailable, match="is a symbolic link"):
            attempt()
    assert [path.name for path in outside.iterdir()] == ["secret"]
    (root / "link").unlink()
    (root / "file").symlink_to(outside / "secret")
    with pytest.raises(ObjectNotFound):
        storage.open("file")


def test_a_long_listing_is_whole(storage: SftpStorage, root: Path) -> None:
    """Many times what the server gives in one answer."""
    (root / "a").mkdir(parents=True)
    names = [f"{number:04}" for number in range(1500)]
    for name in names:
        (root / "a" / name).touch()
    assert keys(storage) == [f"a/{name}" for name in names]


def test_a_name_that_is_no_text_fails_the_listing(storage: SftpStorage, root: Path) -> None:
    """It is not ours, and what it is called cannot be told."""
    root.mkdir()
    (root / os.fsdecode(b"caf\xe9")).touch()
    with pytest.raises(StorageUnavailable, match="not UTF-8"):
        keys(storage)


def test_a_full_disk_is_told_and_leaves_nothing(sshd: SshServer, root: Path) -> None:
    """The protocol says only "Failure": the free space says why."""
    root.mkdir()
    with small_disk(root, "size=3m"), sshd.storage(root) as storage:
        with pytest.raises(StorageFull, match="no space left on"):
            storage.put("a/large", [os.urandom(5 * MB)])
        assert [path for path in root.rglob("*") if path.is_file()] == []
        storage.put("a/small", [b"x"])
        assert keys(storage) == ["a/small"]


def test_a_stored_object_that_shrinks_is_no_short_object(storage: SftpStorage, root: Path) -> None:
    """An end that comes too early is an error."""
    storage.put("a", [b"x" * 2 * MB])
    with storage.open("a") as file:
        assert file.read(10) == b"x" * 10
        os.truncate(root / "a", 1000)
        with pytest.raises(StorageUnavailable, match="became shorter"):
            file.read()


def test_a_server_that_allows_all_is_proven_and_probed_without_a_trace(storage: SftpStorage, root: Path) -> None:
    """OpenSSH's rename refuses, and files are flushed."""
    assert storage.self_test() == "a name that is taken is refused"
    assert storage.remarks() == ()
    assert list(root.iterdir()) == []


def test_a_server_that_lets_nobody_rename_names_the_setting(sshd: SshServer, root: Path) -> None:
    """What is uploaded there could never be published."""
    with sshd.storage(root, port=sshd.filtered) as storage, pytest.raises(StorageUnavailable, match="write_once"):
        storage.self_test()


def test_who_is_not_known_is_refused_with_the_fingerprint(sshd: SshServer, root: Path, tmp_path: Path) -> None:
    """No entry, another key, a revoked one: three sentences, and no key was shown to that server."""
    shown = subprocess.run(
        ["/usr/bin/ssh-keygen", "-lf", str(sshd.folder / "hostkey.pub")], capture_output=True, text=True, check=True
    ).stdout.split()[1]
    other = (make_key(tmp_path / "other").parent / "other.pub").read_text()
    ours = (sshd.folder / "hostkey.pub").read_text()
    name = f"[127.0.0.1]:{sshd.port}"
    for lines, told in (
        (f"127.0.0.1 {ours}", "is not in"),
        ("", "is not in"),
        (f"{name} {other}", "somebody may stand in between"),
        (f"{name} {ours}@revoked {name} {ours}", "is revoked"),
        (f"!{name},* {ours}", "is not in"),
    ):
        known = tmp_path / "known_hosts"
        known.write_text(lines)
        with sshd.storage(root, known_hosts=known) as storage, pytest.raises(StorageUnavailable) as caught:
            keys(storage)
        assert told in str(caught.value)
        assert f"ssh-ed25519 {shown}" in str(caught.value)


@pytest.mark.parametrize("way", ["hashed", "wildcard", "several"])
def test_every_form_of_known_hosts_is_understood(sshd: SshServer, root: Path, tmp_path: Path, way: str) -> None:
    """Hashed by ssh-keygen itself, a pattern, and a line beside others."""
    ours = (sshd.folder / "hostkey.pub").read_text()
    other = make_key(tmp_path / "other").with_name("other.pub").read_text()
    name = f"[127.0.0.1]:{sshd.port}"
    known = tmp_path / "known_hosts"
    known.write_text(
        {
            "hashed": f"{name} {ours}",
            "wildcard": f"[127.0.0.?]:* {ours}",
            "several": f"# ours\n\nnonsense\nelsewhere {other}{name},elsewhere {ours}{name} {other}",
        }[way]
    )
    if way == "hashed":
        subprocess.run(["/usr/bin/ssh-keygen", "-H", "-f", str(known)], capture_output=True, check=True)
        assert name not in known.read_text()
    with sshd.storage(root, known_hosts=known) as storage:
        assert keys(storage) == []


def test_who_cannot_log_in_is_told_why(sshd: SshServer, root: Path, tmp_path: Path) -> None:
    """A key that nobody knows, a password where none is taken, a server that is not there."""
    secret = tmp_path / "secret"
    secret.write_text("swordfish")
    secret.chmod(0o600)
    stranger = make_key(tmp_path / "stranger")
    for changed, told in (
        ({"key_file": stranger}, "refused the key in"),
        ({"key_file": None, "password": {"file": str(secret)}}, "refused the password of"),
        ({"port": free_port()}, "nobody listens on"),
        ({"host": "nowhere.invalid"}, "there is no host nowhere.invalid"),
    ):
        with sshd.storage(root, **changed) as storage, pytest.raises(StorageUnavailable, match=told) as caught:
            keys(storage)
        assert "swordfish" not in str(caught.value)


@pytest.mark.parametrize("kind", ["rsa", "ecdsa", "ed25519"])
def test_a_key_is_opened_by_its_passphrase_alone(sshd: SshServer, root: Path, tmp_path: Path, kind: str) -> None:
    """None, a wrong one, the right one; and a key that others can read is refused."""
    key = make_key(tmp_path / "locked", kind, "swordfish")
    phrase = tmp_path / "phrase"
    for words, told in (
        (None, "does it need a passphrase"),
        ("herring", "is the passphrase right"),
        ("swordfish", "refused the key"),  # it was opened, and the server does not know it
    ):
        phrase.write_text(words or "")
        phrase.chmod(0o600)
        changed = {"key_file": key} | ({"passphrase": {"file": str(phrase)}} if words else {})
        with sshd.storage(root, **changed) as storage, pytest.raises(BackupServError, match=told) as caught:
            keys(storage)
        assert "swordfish" not in str(caught.value)
    key.chmod(0o640)
    key.chmod(0o644)
    with sshd.storage(root, key_file=key) as storage, pytest.raises(SecretExposed, match="others can read"):
        keys(storage)
    with sshd.storage(root, key_file=tmp_path / "none") as storage, pytest.raises(ConfigInvalid, match="not exist"):
        keys(storage)


def test_settings_that_cannot_work_are_refused(sshd: SshServer) -> None:
    """Known before anybody connects."""
    for changed, told in (
        ({"key_file": None}, "exactly one way"),
        ({"password": {"env": "X"}}, "exactly one way"),
        ({"key_file": None, "password": {"env": "X"}, "passphrase": {"env": "Y"}}, "there is none"),
        ({"known_hosts": Path("known_hosts")}, "absolute path"),
        ({"path": "a\nb"}, "not allowed"),
    ):
        with pytest.raises(ValidationError, match=told):
            sshd.settings(**{"path": Path("/x")} | changed)


def test_a_name_taken_between_looking_and_renaming_is_not_replaced(storage: SftpStorage, root: Path) -> None:
    """The server's rename refuses: whoever was quicker keeps the name."""

    def slow() -> Iterator[bytes]:
        yield b"mine"
        (root / "a" / "one").write_bytes(b"theirs")

    with pytest.raises(ObjectExists):
        storage.put("a/one", slow())
    assert [(path.name, path.read_bytes()) for path in (root / "a").iterdir()] == [("one", b"theirs")]


def test_many_threads_share_one_connection(storage: SftpStorage, sshd: SshServer) -> None:
    """Each gets the answers to its own questions, while uploads and downloads go on."""
    contents = {f"a/{number}": os.urandom(MB + number) for number in range(6)}
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda key: storage.put(key, [contents[key]]), contents))
        before = len(sshd.sessions())
        assert list(pool.map(lambda key: read(storage, key), contents)) == list(contents.values())
        listings = list(pool.map(lambda _: keys(storage), range(6)))
    assert listings == [sorted(contents)] * 6
    assert len(sshd.sessions()) == before


def test_nobody_pays_for_ssh_who_does_not_connect() -> None:
    """The library takes a third of a second to import: `status` has half a second."""
    program = "import sys, bot.wiring; print('paramiko' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "False\n"
