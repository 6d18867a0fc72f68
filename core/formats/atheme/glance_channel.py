"""A channel with its access and its properties, as services print it."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from core.formats.atheme.check_accounts import kept_flags
from core.formats.atheme.check_channels import NOBODY, are_known_letters, is_target
from core.formats.atheme.glance_account import Block, add, are_different, fold_all
from core.formats.atheme.known import Known
from core.formats.atheme.schema import flags_of

_NUMBER, _WORD = "(?:0|[1-9][0-9]{0,18})", r"\S+"
# Name, flags; then rows of that name: access and its properties, the channel's properties.
_BLOCK = (
    f"MC ({_WORD}) {_NUMBER} {_NUMBER} ({_WORD}) {_NUMBER} {_NUMBER} {_NUMBER} (?:\\S* )?\n"
    f"((?:CA \\1 {_WORD} {_WORD} {_NUMBER} (?:\\S* )?\n|MDA \\1 {_WORD} {_WORD} .*\n)*)"
    f"((?:MDC \\1 {_WORD} .*\n)*)"
).encode()
# Kind; channel with target, and each of them; flags or key, and who set it (of a property: anything).
_ACCESS = re.compile(rb"(CA|MDA) ((\S+) (\S+)) (\S+) [^ \n]* ?([^ \n]*).*\n")
_Entry = tuple[bytes, bytes, bytes, bytes, bytes, bytes]


class ChannelGlance:
    """Reads blocks that begin with an MC row."""

    def __init__(self, known: Known) -> None:
        self.block = re.compile(_BLOCK)
        self.kinds: Counter[bytes] = Counter()
        self._known = known
        self._letters = flags_of("channel", master=known.master)

    def take(self, blocks: Sequence[Block], rows: bytes, line: int) -> bool:
        """See the protocol."""
        names, flags, access, properties = zip(*blocks, strict=True)
        new = dict(zip(fold_all(names, self._known), names, strict=True))
        self.kinds[b"MC"] += len(names)
        return (
            add(new, self._known.channels, len(names))
            and all(kept_flags(word, self._letters)[1] for word in set(flags))
            and are_different(b"".join(properties))
            and self._take_access(_ACCESS.findall(b"".join(access)), rows, line)
        )

    def _take_access(self, found: list[_Entry], rows: bytes, line: int) -> bool:
        entries = [entry for entry in found if entry[0] == b"CA"]
        if not entries:
            return not found
        _, pairs, channels, targets, flags, setters = zip(*entries, strict=True)
        self.kinds[b"CA"] += len(entries)
        known = self._known
        if (
            len(set(fold_all(pairs, known))) < len(entries)
            or not all(is_target(known, target) for target in self._unregistered(set(targets)))
            or not all(are_known_letters(word, known.access_letters) for word in set(flags))
            or (len(entries) < len(found) and not _are_with_entries(found))
        ):
            return False
        founded = {channel for channel, word in zip(channels, flags, strict=True) if b"F" in word}
        known.founded.update(map(known.fold, founded))
        strangers = self._unregistered({*setters}.difference(NOBODY))
        if strangers:
            known.strange_setters += _lines_of(strangers, rows, line, known.fold)
        return True

    def _unregistered(self, names: Iterable[bytes]) -> set[bytes]:
        """Those of them, folded, that are no account and no group."""
        return {*fold_all(list(names), self._known)} - self._known.accounts.keys() - self._known.groups.keys() - {b""}


def _lines_of(setters: set[bytes], rows: bytes, line: int, fold: Callable[[bytes], bytes]) -> list[int]:
    """Where an access entry stands that one of them set; the rows begin at `line`."""
    return [
        number
        for number, row in enumerate(rows.split(b"\n"), line)
        if row.startswith(b"CA ") and fold(row.split(b" ", 6)[5]) in setters
    ]


def _are_with_entries(found: list[_Entry]) -> bool:
    """Whether each property stands with its entry, and only once."""
    current, seen = b"", set()
    for kind, pair, _, _, key, _ in found:
        if kind == b"CA":
            current = pair
        elif pair != current or (current, key.upper()) in seen:
            return False
        else:
            seen.add((current, key.upper()))
    return True
