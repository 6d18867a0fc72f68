"""A whole services.db of Atheme as it would come back."""

from collections import Counter
from datetime import datetime

from core.domain.finding import Severity
from core.formats.atheme import is_master, parse
from core.operations.site import Site
from core.operations.things.database.coming import Coming
from core.operations.things.database.living import Lying
from core.operations.things.database.made import Made
from core.registrations.difference import compare
from core.registrations.living import Living
from core.registrations.plan import Conflict
from core.registrations.whole import Whole, stale_words, whole, words_of
from core.registrations.wish import Erasure
from core.registrations.words import plural

_EXPIRED = "expired"  # what `anyway` calls it


def plan_whole_rows(coming: Coming, lying: Lying, site: Site, *, erasure: Erasure, now: datetime) -> Made:
    """The file, row by row, and what that means."""
    old = Living(parse(coming.content), site.casemapping)
    living = Living(parse(lying.comparable), site.casemapping) if lying.comparable is not None else None
    keep, network = _EXPIRED in coming.anyway, site.network
    seconds = int(now.timestamp())
    done = whole(old, living, now=seconds, network=network, erasure=erasure, keep_times=keep)
    before = living.database if living is not None else parse(b"")
    difference = compare(before, parse(done.content), casemapping=site.casemapping)
    then, findings = site.source.inspect(done.content)
    counts = site.source.inspect(lying.comparable)[0] if lying.comparable is not None else None
    faults = [item.text for item in findings if item.severity > Severity.WARNING]
    return Made(
        content=done.content,
        difference=difference,
        words=words_of(difference, then=then, now=counts),
        seal=str(done.forgotten),
        expiry=stale_words(done.stale, keep_times=keep, nick_days=network.nick_days, channel_days=network.channel_days),
        conflicts=_conflicts(done, keep=keep),
        notes=tuple(_notes(done, site)),
        blocked=_blocked(old, living, faults, done),
        moved=_moved(lying.content or b"", done.content),
    )


def _conflicts(done: Whole, *, keep: bool) -> tuple[Conflict, ...]:
    stale = done.stale
    number = len(stale.accounts) + len(stale.nicks - stale.accounts.keys()) + len(stale.channels)
    if not number:
        return ()
    choices = ("their last use is set to now", f"anyway {_EXPIRED}")
    what, why = plural(number, "registration"), "would be dropped by services' first sweep"
    return (Conflict(code="expired", what=what, why=why, item=_EXPIRED, choices=choices, chosen=choices[int(keep)]),)


def _notes(done: Whole, site: Site) -> list[str]:
    told = ["passwords, access and settings are those of then"]
    if done.logged_out:
        told.append(f"who is online in an account that changed is logged out: {plural(done.logged_out, 'account')}")
    if done.forgotten:
        told.append(f"{plural(done.forgotten, 'account')} of people who asked to be forgotten stay away")
    if done.anonymous:
        told.append("the name of somebody who was forgotten is taken out of what they sent, set or asked for")
    if done.tokens:
        told.append("old reset tokens and login counters stay out")
    if site.rehearsal is None:
        told.append("it is not loaded in the real program first: no rehearsal is configured")
    return told


def _blocked(old: Living, living: Living | None, faults: list[str], done: Whole) -> str:
    if faults:
        what = "without those who were forgotten it" if done.forgotten else "it"
        return f"{what} would have {plural(len(faults), 'fault')}; the first: {faults[0]}"
    if living is not None and is_master(old.database) and not living.master:
        return "it was written by later services (7.3) than those that run now: they would not start on it"
    return ""


def _moved(before: bytes, after: bytes) -> tuple[int, int]:
    old, new = (Counter(content.split(b"\n")) for content in (before, after))
    return (new - old).total(), (old - new).total()
