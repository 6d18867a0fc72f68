"""Sealing with age (age-encryption.org/v1), so that the stock tool opens everything without us.

Only pyrage's stream calls are used: the others hold the interpreter for seconds, and with it the whole bot.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

from core.disk import read_secret, write_whole
from core.domain.errors import ConfigInvalid, IdentityMissing, ObjectDamaged


class AgeSealer:
    """Seals to X25519 recipients; opens with this host's identity, which is read when it is first needed."""

    def __init__(self, *, recipients: Sequence[str], identity_file: Path | None) -> None:
        self._recipients = tuple(recipients)
        self._identity_file = identity_file

    @property
    def recipients(self) -> tuple[str, ...]:
        """Whom new objects are sealed to."""
        return self._recipients

    def seal(self, plain: BinaryIO, sealed: BinaryIO) -> None:
        """Encrypt `plain` to all recipients, writing to `sealed`."""
        import pyrage  # noqa: PLC0415 — start-up time is a promise

        if not self._recipients:
            raise ConfigInvalid("there is no recipient to seal to", hint="name some in keys.recipients")
        recipients = [_recipient(text, place) for place, text in enumerate(self._recipients, start=1)]
        pyrage.encrypt_io(plain, sealed, recipients)

    def open(self, sealed: BinaryIO, plain: BinaryIO) -> None:
        """Decrypt `sealed` into `plain`; see the port."""
        import pyrage  # noqa: PLC0415 — same

        identities = self._identities()
        try:
            pyrage.decrypt_io(sealed, plain, identities)
        except pyrage.DecryptError as error:
            if "No matching keys" in str(error):
                raise IdentityMissing(
                    "the identity on this host does not open it", hint="it was sealed to other recipients"
                ) from None
            raise ObjectDamaged(f"age refuses it: {error}") from None
        except OSError as error:
            if error.errno is not None:  # from the streams, not from age: it says nothing about the object
                raise
            raise ObjectDamaged(f"age refuses it: {error}") from None

    def _identities(self) -> list[Any]:
        import pyrage  # noqa: PLC0415 — same

        if self._identity_file is None:
            raise IdentityMissing(
                "this host only seals: no identity is configured", hint="set keys.identity, or do this where one is"
            )
        if _is_missing(self._identity_file):
            raise IdentityMissing(
                f"the identity file {self._identity_file} does not exist", hint="put it back, or use the recovery key"
            )
        lines = read_secret(self._identity_file).splitlines()
        texts = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
        try:
            identities = [pyrage.x25519.Identity.from_str(text) for text in texts]
        except pyrage.IdentityError:
            identities = []
        if not identities:
            raise ConfigInvalid(
                f"{self._identity_file} holds no age identity", hint="expected one line AGE-SECRET-KEY-1…"
            )
        return identities


def _is_missing(path: Path) -> bool:
    try:
        path.stat()
    except FileNotFoundError:
        return True
    except OSError:
        return False  # reading it will say why
    return False


def _recipient(text: str, place: int) -> Any:
    import pyrage  # noqa: PLC0415 — same

    try:
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        # Whoever pasted an identity here must not find it in a chat channel.
        shown = f" ({text[:12]}…)" if text.startswith("age1") else ""
        raise ConfigInvalid(
            f"number {place} of keys.recipients{shown} is not an age recipient", hint="copy it again, whole: age1…"
        ) from None


def generate_identity() -> tuple[str, str]:
    """A new identity and its recipient: ("AGE-SECRET-KEY-1…", "age1…")."""
    import pyrage  # noqa: PLC0415 — same

    identity = pyrage.x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def write_identity(path: Path, identity: str) -> None:
    """Keep an identity in a file of its own, 0600; an existing file is never overwritten.

    Raises:
        ObjectExists: there is one already.
    """
    write_whole(path, [f"{identity}\n".encode()], exclusive=True)
