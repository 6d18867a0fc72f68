"""READ FIRST: what the engine needs from the outside world, as promises.

Each port is small, synchronous and documented by what its implementations promise.
Implementations live in `core.sources`, `core.storage`, `core.crypto`, `core.control` (and a few in `bot`,
where the network is the only way), and share one contract suite per port in `tests/contracts/`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, Protocol

from core.domain.audit import Value
from core.domain.finding import Finding


class Clock(Protocol):
    """The one place that knows what time it is."""

    def now(self) -> datetime:
        """The time, aware and in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back, for measuring durations."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait. Only polling loops with a deadline call this."""
        ...


class Progress(Protocol):
    """Where a long operation says what it is doing. Must return at once and never raise."""

    def step(self, text: str) -> None:
        """A new step begins: "stopping services", "sealing 16 MB"."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One consistent copy of a source, checked and counted."""

    content: bytes
    extension: str  # of the plain file: "db"
    saved_at: datetime  # aware, UTC: when the program wrote it
    counts: Mapping[str, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()  # warnings only: anything worse is an error


class Source(Protocol):
    """A thing that can be captured."""

    @property
    def name(self) -> str:
        """The configured name: letters, digits, "-" and "_"; a folder in the repository."""
        ...

    @property
    def kind(self) -> str:
        """What it is: "atheme"."""
        ...

    def capture(self, progress: Progress, *, ask: bool = True) -> Capture:
        """One consistent copy, never a mix of two saves.

        Where its program can be asked for a save, it is, unless `ask` is false: then it is the last save, as it lies.

        Raises:
            SourceUnreadable: it cannot be read (path and uid are in the message).
            SourceDamaged: it was read and must not become a backup.
            SaveNotSeen: a save was asked for and did not come.
        """
        ...

    def inspect(self, content: bytes) -> tuple[Mapping[str, int], tuple[Finding, ...]]:
        """What a copy means: counts per kind and all findings, the worst included. Never raises on bad input."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredObject:
    """An object in a storage's listing."""

    key: str
    size: int  # bytes
    mark: str = ""  # another one after the object was written again; "" where that cannot be told


class Storage(Protocol):
    """A key/value place for opaque bytes.

    A key is one or more segments of `[A-Za-z0-9._-]`, joined by "/"; no segment is empty, "." or "..".
    Objects are never changed once written. An object is visible whole or not at all, also after a crash.
    """

    @property
    def name(self) -> str:
        """What people call it: "disk"."""
        ...

    def put(self, key: str, content: Iterable[bytes]) -> None:
        """Store an object durably (flushed to the medium) before returning.

        A stream that breaks half-way leaves nothing visible.

        Raises:
            ObjectExists: the key is taken; the stored object is untouched.
            StorageFull: no space; nothing visible was left.
            StorageUnavailable: anything else the outside refused.
        """
        ...

    def open(self, key: str) -> BinaryIO:
        """A stream over the stored bytes. The caller closes it.

        Raises:
            ObjectNotFound: there is no such object.
            StorageUnavailable: it may exist and cannot be read now.
        """
        ...

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        """All objects below the folder `prefix` ("" = all), in key order. Temporary files are not objects.

        Raises:
            StorageUnavailable: the listing could not be made (an empty storage lists nothing).
        """
        ...

    def delete(self, key: str) -> None:
        """Remove an object for good; removing what is not there is no error. Only `prune` and probes call this.

        Raises:
            ObjectRetained: a lock or a write-once server keeps it: an expected state, and no fault.
            StorageUnavailable: it could not be removed.
        """
        ...

    def sweep(self) -> tuple[str, ...]:
        """Remove what a crash left half-written; returns the names of what was removed."""
        ...

    def remarks(self) -> tuple[str, ...]:
        """What was noticed about the storage itself since it was opened, in sentences for an operator.

        Objects that somebody deleted or replaced and that are still there beneath, a lock that is not in force.
        """
        ...

    def self_test(self) -> str:
        """Prove beyond put, open, list and delete what this storage relies on; returns what was proven, or "".

        Raises:
            StorageUnavailable: it cannot keep its promises as it is configured; the hint names the setting to change.
        """
        ...


class Sealer(Protocol):
    """Encrypts to recipients and opens with identities, as streams. Plain bytes never reach a storage."""

    @property
    def recipients(self) -> tuple[str, ...]:
        """Whom new objects are sealed to: public, fit for a manifest."""
        ...

    def seal(self, plain: BinaryIO, sealed: BinaryIO) -> None:
        """Encrypt `plain` to all recipients, writing to `sealed`."""
        ...

    def open(self, sealed: BinaryIO, plain: BinaryIO) -> None:
        """Decrypt `sealed` into `plain`.

        Raises:
            IdentityMissing: no identity here opens it (or none is configured).
            ObjectDamaged: the bytes are not what was sealed. What was written to `plain` must be thrown away.
        """
        ...


class Signer(Protocol):
    """Signs small texts, so that a stock tool (minisign) can check who wrote them."""

    @property
    def public(self) -> str:
        """What verifies its signatures: one line, fit for a configuration.

        Raises:
            ConfigInvalid, SecretExposed: the key cannot be used (its path is in the message).
        """
        ...

    def sign(self, content: bytes, trusted_comment: str) -> str:
        """The text of a signature file over `content`, which also covers `trusted_comment` (one line of text).

        The same content and comment give the same text.

        Raises:
            ConfigInvalid, SecretExposed: the key cannot be used (its path is in the message).
        """
        ...


class Verifier(Protocol):
    """Tells what keys that we trust have signed from everything else."""

    def verify(self, content: bytes, signature_text: str) -> str:
        """The public key that signed `content`; every bit of it, of the signature and of its trusted comment counts.

        Never raises anything else, whatever the text is.

        Raises:
            SignatureInvalid: not signed by a key that we trust, or changed since it was signed.
        """
        ...


class Control(Protocol):
    """A way to stop and start a running program, and to know whether it runs."""

    @property
    def can_act(self) -> bool:
        """False where the operator has said that the program is down and stays down ("none")."""
        ...

    def is_running(self) -> bool:
        """True while any process of the program lives (a zombie does not live).

        Raises:
            ControlFailed: it cannot be told.
        """
        ...

    def stop(self) -> None:
        """Stop it, and return only when its process is really gone. Stopping what is stopped is no error.

        Raises:
            ControlFailed: it still runs, or the command failed. What it said is in the message.
        """
        ...

    def start(self) -> None:
        """Start it; returns when the start command has returned, not when it answers. Starting what runs is no error.

        Raises:
            ControlFailed: the command failed. What it said is in the message.
        """
        ...


class Services(Protocol):
    """How to speak with running services."""

    @property
    def can_save(self) -> bool:
        """Whether `request_save` reaches anybody."""
        ...

    def request_save(self) -> None:
        """Ask for a save to disk. Returns when the request is out; the caller watches the file.

        Raises:
            ControlFailed: the request was refused or reached nobody.
        """
        ...

    def answers(self) -> bool | None:
        """Whether NickServ answers now; None where nobody can ask. Must return within a few seconds."""
        ...


class Rehearsal(Protocol):
    """Loads a database into the real services program, in isolation, and says whether it would start."""

    def load(self, content: bytes, progress: Progress) -> str:
        """Load and save back `content` with no network, away from the live files.

        Returns what was proven, for people: "loaded by atheme-services 7.2.12 and saved back unchanged".

        Raises:
            RehearsalFailed: the program refused it, dropped rows, or changed them.
            ControlFailed: the rehearsal itself could not be done: it proves nothing either way.
        """
        ...


class Journal(Protocol):
    """The audit trail: who asked for what, by which right, and what came of it. Each line vouches for all before it."""

    def record(self, event: str, **fields: Value) -> None:
        """Append one line, flushed. Never a secret. Long texts are cut.

        Raises:
            StorageFull, StorageUnavailable: it could not be written, and is not there; the caller must not go on
                silently. docs/decisions/0013-unaudited.md says what goes on all the same.
        """
        ...
