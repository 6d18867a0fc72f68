"""What each SASL mechanism answers to a server's challenges. Bytes in, bytes out; no I/O."""

from collections.abc import Callable
from typing import Protocol

from bot.irc.sasl.errors import Dishonest, Unusable
from bot.irc.sasl.login import Login, MechanismName
from bot.irc.sasl.scram import Scram


class Mechanism(Protocol):
    """One conversation with a server."""

    @property
    def satisfied(self) -> bool:
        """Whether the server has shown all that it must before its "logged in" is believed."""
        ...

    def answer(self, challenge: bytes) -> bytes:
        """What to say to a challenge; the first one is empty.

        Raises:
            Dishonest: no honest server would have said that.
        """
        ...


def begin(name: MechanismName, login: Login) -> Mechanism:
    """A new conversation.

    Raises:
        Unusable: what is configured cannot be said in it.
    """
    account, password = login.account.encode(), login.password.encode()
    if name == "EXTERNAL":
        return _OneWord(b"")  # the certificate has spoken
    if name == "SCRAM-SHA-256":
        return Scram(login.account, login.password)
    if name == "PLAIN":
        # RFC 4616, with the account as authorization identity too: some services want it.
        return _OneWord(b"\0".join([account, account, password]))
    if login.sign is None:
        raise Unusable("there is no key to sign with")
    return _Ecdsa(account, login.sign)


class _OneWord:
    """Everything is said at once, and once."""

    satisfied = True

    def __init__(self, word: bytes) -> None:
        self._word: bytes | None = word

    def answer(self, challenge: bytes) -> bytes:
        """The word."""
        word, self._word = self._word, None
        if challenge or word is None:
            raise Dishonest("the server asked for more than this mechanism has to say")
        return word


class _Ecdsa:
    """The account, then a signature over the server's 32 bytes."""

    satisfied = True

    def __init__(self, account: bytes, sign: Callable[[bytes], bytes]) -> None:
        self._answers = iter((lambda _: account, sign))

    def answer(self, challenge: bytes) -> bytes:
        """The one, then the other."""
        try:
            return next(self._answers)(challenge)
        except (StopIteration, ValueError):
            raise Dishonest("the server's challenge is none that may be signed") from None
