"""Names that compare as the network compares them."""

from dataclasses import dataclass, field

from core.domain.casemapping import Casemapping, fold


@dataclass(frozen=True, slots=True)
class Name:
    """A nick, account or channel: equal when the network says so, shown as it was written."""

    text: str = field(compare=False)
    casemapping: Casemapping = field(default="rfc1459", compare=False)
    folded: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "folded", fold(self.text.encode("utf-8", "replace"), self.casemapping))

    def __str__(self) -> str:
        return self.text


def casemapping_of(word: str) -> Casemapping:
    """The value of ISUPPORT CASEMAPPING; what we do not know compares strictly, so that nobody is taken for another."""
    return "rfc1459" if word == "rfc1459" else "ascii"


class Names:
    """Makes names as this network compares them. RFC 1459's way, until the server has told its own."""

    def __init__(self) -> None:
        self._casemapping: Casemapping = "rfc1459"

    def set_casemapping(self, word: str) -> None:
        """As ISUPPORT says."""
        self._casemapping = casemapping_of(word)

    def name(self, text: str) -> Name:
        """A name of this network."""
        return Name(text, self._casemapping)
