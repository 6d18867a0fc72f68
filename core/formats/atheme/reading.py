"""One row, as services read it: is it one that they print, and what do they do then?"""

import re
from collections.abc import Callable, Sequence
from functools import cache

from core.formats.atheme import check_accounts, check_channels, check_modules
from core.formats.atheme.check_row import check_control, check_row
from core.formats.atheme.known import Act, Known
from core.formats.atheme.rows import Row
from core.formats.atheme.schema import FORMS

_ACTS = check_accounts.ACTS | check_channels.ACTS | check_modules.ACTS
_UNKNOWN = re.compile(rb"(?!)").fullmatch, None  # reads nothing


@cache
def _reading(kind: bytes) -> tuple[Callable[[bytes], re.Match[bytes] | None], Act | None]:
    """How a row of a known kind is read that is as services print it, and what services do then."""
    return FORMS[kind].printed.fullmatch, _ACTS.get(kind)


def read_row(known: Known, row: Row, *, own_modules: bool, control: bool = False) -> None:
    """Judge a row, and know more afterwards. `control`: the file has bytes that IRC cannot carry.

    `own_modules`: there may be modules whose rows nobody here knows.
    """
    read, act = _reading(row.kind) if row.kind in FORMS else _UNKNOWN
    printed = read(row.raw)
    if printed is not None:
        fields: Sequence[bytes] = printed.groups(b"")
    else:
        fields = check_row(row, known.report, own_modules=own_modules)
    if control:
        check_control(row, known.report)
    if known.open_watch:
        check_modules.close_watch(known, row.kind)
    if act is not None:
        act(known, row, fields)


def read_end(known: Known) -> None:
    """What can only be said when all rows are there."""
    check_modules.close_watch(known, b"")
    check_accounts.finish_accounts(known)
    check_channels.finish_channels(known)
