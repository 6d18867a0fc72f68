"""The expiry guard: what services' first sweep, an hour after their start, would drop again.

Services compare the stored times of last use with now (libathemecore/account.c, expire_check): put back as it was, an
old registration is gone an hour later. So what comes back is used now; this says so, and what it would have meant.
"""

from core.formats.atheme import Row, field
from core.registrations.draft import Draft
from core.registrations.living import number
from core.registrations.selection import Selection
from core.registrations.words import plural, shown

_DAY = 86400


def note_account_expiry(draft: Draft, selection: Selection) -> None:
    """Its last login and that of its nicks are set to now."""
    days = _days(draft, field(selection.account, 6))
    limit = draft.network.nick_days
    stale = [row for row in selection.rows(b"MN") if limit and _days(draft, field(row, 4)) >= limit]
    if limit and (days >= limit or stale):
        nicks = f" and {plural(len(stale), 'nick')}" if stale else ""
        draft.expiry.append(
            f"unused for {days} days, and services expire accounts after {limit}: the first sweep would drop it{nicks}"
            "; its last use is set to now"
        )
    else:
        draft.note("last used is set to now, so that services do not expire it at once")


def note_channel_expiry(draft: Draft, channel: Row) -> None:
    """Its last use is set to now."""
    days, limit = _days(draft, field(channel, 3)), draft.network.channel_days
    if limit and days >= limit:
        draft.expiry.append(
            f"{shown(field(channel, 1))} was unused for {days} days, and services expire channels after {limit}: "
            "the first sweep would drop it; its last use is set to now"
        )
    else:
        draft.note(f"{shown(field(channel, 1))}: last used is set to now, so that it does not expire at once")


def _days(draft: Draft, moment: bytes) -> int:
    """Days since then. Master writes 0 for who is online, and reads it as the time of the save."""
    seconds = number(moment) or draft.old.saved_at
    return max(0, draft.now - seconds) // _DAY if seconds else 0
