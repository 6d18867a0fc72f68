"""An account and everything that stands with it, as services print it."""

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache

from core.formats.atheme.check_accounts import MEMO_LENGTH, NICK_LENGTH, PASSWORD_LENGTH, kept_flags
from core.formats.atheme.known import Known
from core.formats.atheme.schema import flags_of, uid_order

_NUMBER = "(?:0|[1-9][0-9]{0,18})"
# Of rows that were matched already, so that one match ends where the next begins.
_PAIR = re.compile(rb"\w+ (\S+) (\S+) .*\n")
_KEY = re.compile(rb"\w+ (\S+ \S+) .*\n")  # of a property: whose it is, too
Block = tuple[bytes, ...]


@cache
def _block(*, master: bool) -> re.Pattern[bytes]:
    """Uid, name, password, flags; then rows of that name: properties, memos, nicks, certificates.

    A name that begins as those of groups or of `$…` targets do is for others to judge.
    """
    nick, word = rf"\S{{1,{NICK_LENGTH[master]}}}", r"\S+"
    password = rf"\S{{1,{PASSWORD_LENGTH}}}"
    return re.compile(
        (
            f"MU ([A-Z0-9]{{9}}) ((?![!$]){nick}) ({password}) {word} {_NUMBER} {_NUMBER} ({word}) (?:\\S* )?\n"
            f"((?:MDU \\2 {word} .*\n)*)"
            f"((?:ME \\2 {nick} {_NUMBER} {_NUMBER} .{{0,{MEMO_LENGTH[master]}}}\n)*)"
            f"(?:(?:MI|AC) \\2 {word} \n)*"
            f"((?:MN \\2 {nick} {_NUMBER} {_NUMBER} \n)*)"
            f"((?:MCFP \\2 {word} \n)*)"
        ).encode()
    )


class AccountGlance:
    """Reads blocks that begin with an MU row."""

    def __init__(self, known: Known) -> None:
        self.block = _block(master=known.master)
        self.kinds: Counter[bytes] = Counter()
        self._known = known
        self._letters = flags_of("account", master=known.master)

    def take(self, blocks: Sequence[Block], rows: bytes, line: int) -> bool:
        """See the protocol."""
        del rows, line
        uids, names, passwords, flags, properties, memos, nicks, certificates = zip(*blocks, strict=True)
        self.kinds[b"ME"] += b"".join(memos).count(b"\n")
        return (
            self._take_names(names)
            and self._take_uids(uids)
            and self._are_kept(passwords, flags)
            and are_different(b"".join(properties))
            and self._take_nicks(self._known.fold(b"".join(nicks)))
            and self._take_certificates(self._known.fold(b"".join(certificates)), b"".join(certificates).lower())
        )

    def _take_names(self, names: Sequence[bytes]) -> bool:
        new = dict(zip(fold_all(names, self._known), names, strict=True))
        self.kinds[b"MU"] += len(names)
        return add(new, self._known.accounts, len(names))

    def _take_uids(self, uids: Sequence[bytes]) -> bool:
        known, before = self._known, len(self._known.uids)
        known.uids.update(uids)
        are_new = len(known.uids) == before + len(uids)
        return are_new and not (known.last_uid and max(map(uid_order, uids)) > known.last_uid)

    def _are_kept(self, passwords: Sequence[bytes], flags: Sequence[bytes]) -> bool:
        """Whether services keep all flags, and take no password for something else."""
        kept = {word: kept_flags(word, self._letters) for word in set(flags)}
        plain = {word for word, (letters, _) in kept.items() if b"C" not in letters}
        return all(well for _, well in kept.values()) and not (
            plain
            and any(password[:1] == b"$" for password, word in zip(passwords, flags, strict=True) if word in plain)
        )

    def _take_nicks(self, rows: bytes) -> bool:
        pairs = _PAIR.findall(rows)
        self.kinds[b"MN"] += len(pairs)
        return add({nick: owner for owner, nick in pairs}, self._known.nicks, len(pairs))

    def _take_certificates(self, folded: bytes, small: bytes) -> bool:
        owners, fingerprints = _PAIR.findall(folded), _PAIR.findall(small)
        self.kinds[b"MCFP"] += len(owners)
        new = {fingerprint: owner for (owner, _), (_, fingerprint) in zip(owners, fingerprints, strict=True)}
        return add(new, self._known.certfps, len(owners))


def fold_all(names: Sequence[bytes], known: Known) -> list[bytes]:
    """All of them folded, in one go."""
    return known.fold(b"\n".join(names)).split(b"\n")


def add(new: dict[bytes, bytes], known: dict[bytes, bytes], number: int) -> bool:
    """Whether these are so many, and none of them was known before; now they are."""
    before = len(known)
    known.update(new)
    return len(known) == before + number


def are_different(properties: bytes) -> bool:
    """Whether no two rows of one owner have the same key."""
    keys = _KEY.findall(properties.upper())
    return len(keys) == len(set(keys))
