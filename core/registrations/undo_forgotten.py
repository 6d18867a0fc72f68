"""What a restore took from somebody who was forgotten since is not given back."""

from collections.abc import Callable, Sequence

from core.registrations.draft import Draft

# Rows that are of an account, and where it stands in them.
_OWNERS = {
    **dict.fromkeys((b"MDU", b"ME", b"MI", b"AC", b"MN", b"MCFP", b"SO", b"HR", b"HE"), 1),
    **dict.fromkeys((b"CA", b"MDA", b"GACL"), 2),
}


def of_nobody_forgotten(draft: Draft, removed: Sequence[bytes]) -> list[bytes]:
    """The rows of all others. What stays away is said once, and without a name."""
    accounts = [raw.split(b" ") for raw in removed if raw.startswith(b"MU ")]
    erased = [fields for fields in accounts if draft.erasure.account(fields[1], fields[5])]
    fold = draft.living.fold
    back = {fold(fields[2]) for fields in accounts if fields not in erased}
    gone = {fold(fields[2]) for fields in erased} - back

    def is_forgotten(name: bytes) -> bool:
        """Rows that were taken with an account are its own, whoever bears the name by now."""
        return fold(name) in gone or (fold(name) not in back and bool(draft.forgotten(name)))

    kept = [raw for raw in removed if raw.split(b" ") not in erased and not _is_of(raw, is_forgotten)]
    if erased:
        draft.left_out.append("an account that was forgotten since")
    elif len(kept) < len(removed):
        draft.left_out.append("what was of somebody who was forgotten since")
    return kept


def _is_of(raw: bytes, is_forgotten: Callable[[bytes], bool]) -> bool:
    fields = raw.split(b" ")
    at = _OWNERS.get(fields[0])
    return at is not None and at < len(fields) and is_forgotten(fields[at])
