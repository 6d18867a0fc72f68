"""Sealing with age (age-encryption.org/v1), so that the stock tool opens everything without us.

Only pyrage's stream calls are used: the others hold the interpreter for seconds, and with it the whole bot.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

from core.crypto.identities import Identities, Passphrase, generate_identity, parsed, write_identity
from core.domain.errors import ConfigInvalid, IdentityMissing, ObjectDamaged

__all__ = ["AgeSealer", "generate_identity", "write_identity"]


class AgeSealer:
    """Seals to X25519 recipients; opens with this host's identities, which are read when they are needed.

    `identities` are some that are at hand already, used instead of those in a file.
    """

    def __init__(
        self,
        *,
        recipients: Sequence[str],
        identity_file: Path | None,
        passphrase: Passphrase | None = None,
        identities: Sequence[str] = (),
    ) -> None:
        self._recipients = tuple(recipients)
        self._given = tuple(identities)
        self._file = Identities(identity_file, passphrase)

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

        identities = [parsed(text) for text in self._given or self._file.texts()]
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
