"""SCRAM-SHA-256: both sides prove that they know the password, and neither says it.

RFC 5802 and RFC 7677, without channel binding: IRC services are not the end of the TLS link.
"""

from scramp import ScramClient, ScramException

from bot.irc.sasl.errors import Dishonest, Unusable

# A tenth of a second on a slow machine, in which nothing else is done. Services ask for 4096 to 64,000; who asks for
# more gains no safety for a good password, and may only want us to stand still.
_MOST_ROUNDS = 100_000


class Scram:
    """Client first, server first, client final, server final: in this order, each once.

    Raises:
        Unusable: the account or password has characters that SCRAM cannot carry.
    """

    def __init__(self, account: str, password: str) -> None:
        try:
            self._client = ScramClient(["SCRAM-SHA-256"], account, password)
        except ScramException:
            raise Unusable("the account or password has characters that SCRAM cannot carry") from None
        self._turns = iter((self._first, self._final, self._end))
        self.satisfied = False

    def answer(self, challenge: bytes) -> bytes:
        """The next message; empty at the end, once the server's signature is right."""
        try:
            return next(self._turns)(challenge.decode()).encode()
        except (ScramException, StopIteration, ValueError):  # the library's words may quote what the server sent
            raise Dishonest("the server did not prove that it knows the password") from None

    def _first(self, empty: str) -> str:
        if empty:
            raise ValueError("the client speaks first")
        first: str = self._client.get_client_first()
        return first

    def _final(self, server_first: str) -> str:
        """The proof, for a server that goes on from our nonce."""
        self._client.set_server_first(server_first)
        if int(self._client.iterations) > _MOST_ROUNDS:
            raise Dishonest(f"the server asks for more than {_MOST_ROUNDS:,} rounds of SCRAM")
        final: str = self._client.get_client_final()
        return final

    def _end(self, server_final: str) -> str:
        self._client.set_server_final(server_final)
        self.satisfied = True
        return ""
