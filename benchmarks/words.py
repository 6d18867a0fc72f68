"""Names, hosts and sentences by chance: what the people of a town are called and what they write."""

from dataclasses import dataclass, field
from random import Random

from core.domain.casemapping import fold

_SYLLABLES = (
    "an", "bel", "cor", "dra", "el", "fen", "gro", "hal", "in", "jo", "kar", "lu", "mir", "nor", "ol", "pra", "quin",
    "ra", "sil", "tor", "ul", "ven", "wil", "xan", "yor", "zed",
)  # fmt: skip
_ENDINGS = ("", "", "", "", "_", "`", "[x]", "|away", "{1}", "-77", "^", "^_^")
_WORDS = (
    "the", "keys", "are", "under", "a", "mat", "see", "you", "at", "nine", "", "café", "for", "meeting", "about",
    "bots", "and", "bans", "please", "read", "it",
)  # fmt: skip


@dataclass(slots=True)
class Words:
    """Nothing that it names is named twice."""

    chance: Random
    taken: set[bytes] = field(default_factory=set)  # folded

    def nick(self) -> bytes:
        """A name that nobody had, of a person, a group or a channel."""
        while True:
            text = "".join(self.chance.choices(_SYLLABLES, k=self.chance.choice((2, 3, 3, 4))))
            nick = (text.title() if self.chance.random() < 0.2 else text) + self.chance.choice(_ENDINGS)
            if (folded := fold(nick.encode())) not in self.taken:
                self.taken.add(folded)
                return nick.encode()

    def host(self, name: bytes) -> bytes:
        """Where somebody comes from this time."""
        return b"%s@%d.isp.example" % (fold(name).lower()[:9], self.chance.randrange(10**6))

    def sentence(self, most: int) -> bytes:
        """Up to that many words."""
        return " ".join(self.chance.choices(_WORDS, k=self.chance.randint(1, most))).encode()
