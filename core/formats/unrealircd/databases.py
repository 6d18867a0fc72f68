"""All databases of one data folder, judged together."""

from collections.abc import Callable, Iterable, Mapping

from core.domain.errors import SourceUnreadable
from core.formats.unrealircd.container import Opener
from core.formats.unrealircd.judging import judge, judge_together
from core.formats.unrealircd.kinds import HEAD, expected_kind, recognise
from core.formats.unrealircd.model import Judged

LIMIT = 256 << 20  # bytes of one database
MOST = 5_000  # databases: a network with a history of more channels is not looked at in full


def judge_all(paths: Iterable[str], read: Callable[[str], bytes], opener: Opener | None) -> Mapping[str, Judged]:
    """Every database among those files of a data folder, by path.

    `read` gives a file's bytes, or raises SourceUnreadable: that one is not judged; anything else rises.
    """
    judged: dict[str, Judged] = {}
    for path in paths:
        expected = expected_kind(path)
        if expected is None and not path.endswith(".db"):
            continue
        if len(judged) >= MOST:
            judged[path] = Judged(kind=expected, form="raw", unread=f"no more than {MOST:,} databases are read")
            continue
        try:
            content = read(path)
        except SourceUnreadable as error:
            judged[path] = Judged(kind=expected, form="raw", unread=error.message)
            continue
        if expected is not None or recognise(content[:HEAD]):
            judged[path] = judge(content, expected, opener)
    return judge_together(judged)
