"""What an SFTP server answers when it does not do what it was asked.

Version 3 of the protocol (draft-ietf-secsh-filexfer-02, section 7) has few words: "Failure" stands for a full disk, a
used-up quota, a name that is taken and everything else.
"""

_MISSING, _DENIED, _VAGUE, _UNSUPPORTED = 2, 3, 4, 8
_LONGEST = 100


class Refused(OSError):
    """An answer that is no yes. The connection is as good as before."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__("".join(letter for letter in text if letter.isprintable())[:_LONGEST] or f"status {code}")
        self._code = code

    @property
    def is_missing(self) -> bool:
        """No such file, or a file where a folder would have to be."""
        return self._code == _MISSING

    @property
    def is_denied(self) -> bool:
        """Modes, attributes or a filter of requests forbid it."""
        return self._code == _DENIED

    @property
    def is_vague(self) -> bool:
        """Anything else; what it was must be found out."""
        return self._code == _VAGUE

    @property
    def is_unsupported(self) -> bool:
        """The server does not know this request."""
        return self._code == _UNSUPPORTED
