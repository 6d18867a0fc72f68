"""Everything that can go wrong and that an operator can act on.

An error names a state, is one sentence with the path or name in it, and carries the next step as `hint`.
It never holds a secret, a password hash, an e-mail address or an IP address: its text is shown in chat.
"""

from datetime import datetime


class BackupServError(Exception):
    """Base of all errors that are shown to people as one line, without a traceback."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        # A file may be named by any bytes: those that are no text are told as escapes, which can be kept and sent.
        self.message = message.encode(errors="backslashreplace").decode()
        super().__init__(self.message)
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} — {self.hint}" if self.hint else self.message


class ConfigInvalid(BackupServError):
    """The configuration has mistakes; the message lists all of them."""


class SecretExposed(BackupServError):
    """A file with a secret can be read by others."""


class SourceUnreadable(BackupServError):
    """A source could not be read. It says nothing about whether the source is good."""


class WriteUnfinished(SourceUnreadable):
    """A write into a source was cut short, and only who may write can take it back."""


class SourceDamaged(BackupServError):
    """A source was read and must not be called a good backup."""


class SaveNotSeen(BackupServError):
    """Services were asked for a save, and no new file came in time."""


class TimeUnclear(BackupServError):
    """A time that may mean two moments, or that there is not: nothing is guessed."""


class SnapshotNotFound(BackupServError):
    """No such snapshot, or none that old."""


class ObjectNotFound(BackupServError):
    """A storage has no object under that key."""


class ObjectExists(BackupServError):
    """Objects are never changed once written, and this key is taken."""


class ObjectDamaged(BackupServError):
    """Stored bytes are not what the manifest says."""


class SignatureInvalid(BackupServError):
    """Not signed by a key that we trust, or changed since it was signed."""


class ArchiveRefused(BackupServError):
    """An archive that somebody else made is broken, or holds what must not be unpacked."""


class ObjectRetained(BackupServError):
    """A storage keeps an object, by a lock or because it is write-once, and deletes it for nobody.

    `until` is when the lock ends, where the storage says so: nobody asks again before.
    """

    def __init__(self, message: str, *, hint: str = "", until: datetime | None = None) -> None:
        super().__init__(message, hint=hint)
        self.until = until


class StorageUnavailable(BackupServError):
    """A storage did not answer, or refused. Nothing is known about what it holds.

    `passing`: it may well work in a minute (a broken link, a busy server). Only such is tried again by itself;
    a wrong password or a missing folder waits for somebody.
    """

    def __init__(self, message: str, *, hint: str = "", passing: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.passing = passing


class StorageFull(BackupServError):
    """There is no space left; nothing was changed."""


class IdentityMissing(BackupServError):
    """No identity on this host opens the object."""


class OnlySeals(IdentityMissing):
    """This host has no identity on purpose: it seals, and opens nothing."""


class ControlFailed(BackupServError):
    """A running program could not be stopped, started or asked."""


class ProgramDown(ControlFailed):
    """There is nobody to be told: it is certain that the program does not run."""


class ServicesSilent(BackupServError):
    """Services were started and do not answer."""


class ConfigRefused(BackupServError):
    """A program says that it would not live with the configuration that lies in its place."""


class ReloadRefused(BackupServError):
    """A program was told to read its files again, and goes on with what it had."""


class AccountNotFound(BackupServError):
    """The account is in no snapshot, or not in the one that was asked for."""


class ErasureUnknown(BackupServError):
    """Who asked to be forgotten cannot be told, so nobody is brought back."""


class PlanBlocked(BackupServError):
    """The plan cannot be carried out as it is; the message says what is in the way."""


class PlanOutdated(BackupServError):
    """What the plan was made for has changed since it was shown."""


class RehearsalFailed(BackupServError):
    """The real services program would not load the result; nothing was changed."""


class RestoreFailed(BackupServError):
    """A restore stopped half-way; the message says what was put back."""


class LockHeld(BackupServError):
    """Another run is at work. One that is `brief` is over in a moment."""

    def __init__(self, message: str, *, hint: str = "", brief: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.brief = brief
