"""What stands in the way of a swap of certificates is said before it, with the word that allows it where one may."""

from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import pytest

from core.certificates.certificate import Certificate
from core.certificates.pem import read_pem
from core.domain.errors import SourceUnreadable
from core.domain.thing import ThingWish
from core.domain.tree import Entry
from core.operations.things.manner import Judgement, Look
from core.operations.things.tls_judging import judged
from core.operations.things.tls_sides import Afterwards, Swap, shelf_of
from core.program_ports import Served
from tests.core.certificates.pki import NOW, Identity, key_pem, make_key, server

PORT = "127.0.0.1:6697"


@dataclass(frozen=True)
class Folder:
    """Files by path; a text is what a link says."""

    content: dict[str, bytes | str] = field(default_factory=dict)

    @property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(
            Entry(
                path=path,
                type="symlink" if isinstance(value, str) else "file",
                mode=0o600,
                uid=0,
                gid=0,
                mtime_ns=0,
                size=len(value),
                target=value if isinstance(value, str) else "",
            )
            for path, value in sorted(self.content.items())
        )

    def read(self, path: str, limit: int) -> bytes:
        value = self.content.get(path)
        if not isinstance(value, bytes) or len(value) > limit:
            raise SourceUnreadable(path)
        return value


def pair(made: Identity, key: Identity | None = None) -> Folder:
    return Folder({"irc.pem": made.chain, "irc.key": (key or made).key_pem})


def served(made: Identity) -> Served:
    read: Certificate = read_pem(made.pem).certificates[0]
    return Served(fingerprint=read.fingerprint, begins_at=read.begins_at, ends_at=read.ends_at, names=read.names)


def judge(
    living: Folder, coming: Folder, *, serves: Identity | None = None, anyway: str = "", undo: bool = False,
    only: tuple[str, ...] = (),
) -> Judgement:  # fmt: skip
    """Of what `coming` has, `only` that is chosen; nothing is removed."""
    chosen = [path for path in coming.content if not only or path in only]
    changed = [path for path in chosen if living.content.get(path) != coming.content[path]]
    look = Look(
        wish=ThingWish(thing="tls"),
        snapshot=None,
        coming=coming,
        living=living,
        created=tuple(path for path in changed if path not in living.content),
        replaced=tuple(path for path in changed if path in living.content),
        attributes=(),
        removed=(),
    )
    swap = Swap(
        before=shelf_of(living, Path("/tls")),
        after=shelf_of(Afterwards(look), Path("/tls")),
        changed=frozenset(look.changed),
        served=MappingProxyType({PORT: served(serves)} if serves else {}),
        silent=MappingProxyType({} if serves else {PORT: f"nobody listens at {PORT}"}),
    )
    return judged(swap, now=NOW, anyway=frozenset(anyway.split()), is_undo=undo)


OLD = server(days=40, since=50)
NEW = server(days=80, since=10)


def test_a_newer_pair_is_shown_and_nothing_stands_in_its_way() -> None:
    found = judge(pair(OLD), pair(NEW), serves=OLD)
    assert not found.blocked
    assert not found.conflicts
    assert found.coming == ("certificate for irc.example.org, by R3, 2026-11-13 to 2027-02-11 (80 days left)",)
    assert found.now == f"irc.example.org until 2027-01-02 (40 days left) on {PORT}"
    assert found.notes == (f"{PORT} serves irc.example.org until 2027-01-02 (40 days left), and will serve what comes",)


def test_a_key_alone_that_would_not_fit_is_refused_whatever_is_said() -> None:
    found = judge(pair(OLD), pair(NEW), serves=OLD, only=("irc.key",), anyway="older expired names", undo=True)
    assert found.blocked.startswith("the key irc.key would not belong to the certificate irc.pem (irc.example.org)")


def test_a_pair_that_was_wrong_when_it_was_saved_is_refused() -> None:
    assert judge(pair(OLD), pair(NEW, key=OLD), serves=OLD).blocked.startswith("the key irc.key would not belong")


@pytest.mark.parametrize(
    ("living", "coming", "item", "why"),
    [
        (NEW, OLD, "older", "(2026-10-04 to 2027-01-02) is older than what 127.0.0.1:6697 serves now (2026-11-13"),
        (OLD, server(days=-0.5), "expired", "has expired, on 2026-11-22"),
        (
            server(names=["irc.example.org", "chat.example.org"], days=40),
            server(names=["*.example.net", "irc.example.org"]),
            "names",
            "is not for chat.example.org, as what 127.0.0.1:6697 serves now is",
        ),
    ],
)
def test_what_would_be_worse_is_refused_unless_told(living: Identity, coming: Identity, item: str, why: str) -> None:
    """The refusal names the word; with it, the plan says what was allowed."""
    both = "older expired names".replace(item, "")
    found = judge(pair(living), pair(coming), serves=living, anyway=both)
    assert why in found.blocked
    assert f"say `anyway {item}`" in found.blocked
    allowed = judge(pair(living), pair(coming), serves=living, anyway=f"{item} {both}")
    assert not allowed.blocked
    assert [str(one).endswith(f": anyway {one.item}") for one in allowed.conflicts] == [True] * len(allowed.conflicts)
    assert item in {one.item for one in allowed.conflicts}


def test_where_nothing_is_served_what_lies_there_counts() -> None:
    found = judge(pair(NEW), pair(OLD))
    assert "is older than what irc.pem holds now" in found.blocked
    assert f"nobody listens at {PORT}" in found.notes


def test_what_is_served_counts_and_not_what_lies_there() -> None:
    """A renewal that nobody was told of: what comes is newer than what is served."""
    newest = server(days=89)
    assert not judge(pair(newest), pair(NEW), serves=OLD).blocked


def test_an_empty_folder_takes_anything_that_fits() -> None:
    assert not judge(Folder(), pair(OLD)).blocked


def test_an_undo_may_bring_back_what_is_older() -> None:
    found = judge(pair(NEW), pair(OLD), serves=NEW, undo=True)
    assert not found.blocked
    assert [one.item for one in found.conflicts] == ["older"]


def test_links_that_are_pointed_back_bring_back_the_pair_behind_them() -> None:
    """As certbot keeps them: the archive has both generations, and the links decide."""
    archive: dict[str, bytes | str] = {}
    for number, made in ((1, OLD), (2, NEW)):
        archive |= {f"archive/x/cert{number}.pem": made.chain, f"archive/x/privkey{number}.pem": made.key_pem}

    def live(number: int) -> dict[str, bytes | str]:
        return {f"live/x/{name}.pem": f"../../archive/x/{name}{number}.pem" for name in ("cert", "privkey")}

    living, coming = Folder({**archive, **live(2)}), Folder({**archive, **live(1)})
    whole = judge(living, coming, serves=NEW, anyway="older")
    assert not whole.blocked
    assert "2026-10-04 to 2027-01-02" in whole.coming[0]
    half = judge(living, coming, serves=NEW, anyway="older", only=("live/x/cert.pem",))
    assert half.blocked.startswith("the key live/x/privkey.pem would not belong to the certificate live/x/cert.pem")


def test_a_key_that_cannot_be_looked_into_is_said_to_be_unchecked() -> None:
    made = server()
    locked = Folder({"irc.pem": made.chain, "irc.key": key_pem(make_key("rsa"), password="hunter2")})
    found = judge(Folder(), locked)
    assert not found.blocked
    assert "whether the key of irc.pem fits cannot be checked: it is encrypted" in found.notes
    assert "hunter2" not in repr(found)


def test_another_certificate_on_a_port_is_another_plan() -> None:
    """What was agreed to rests on what is served."""
    first, second = (judge(pair(OLD), pair(NEW), serves=made) for made in (OLD, server(days=41, since=51)))
    assert first.digest != second.digest
