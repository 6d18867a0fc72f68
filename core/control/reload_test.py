"""The operator's own command that tries a configuration, for every reload that cannot ask the program itself."""

import re
from collections.abc import Sequence

from core.control.words import Ended, run_words
from core.domain.errors import ConfigRefused, ControlFailed
from core.formats.unrealircd.log_lines import tellable

NOT_RUN = frozenset({126, 127})  # the shell's own: it could not be run at all
_TOLD = 3  # lines
# How programs tell what is wrong, between a banner and a dump of what they read; ngIRCd ends such a line with "!".
_TELLING = re.compile(
    r"error|fatal|invalid|fail|can't|cannot|could not|couldn't|unable|unknown|unexpected|missing|required|denied|refuse"
    r"|not found|no such|!\s*$",
    re.IGNORECASE,
)


def run_test(words: Sequence[str] | None, *, timeout: float) -> str:
    """Run it, within `timeout` seconds; see `Reload.test`."""
    if words is None:
        raise ControlFailed("the configuration cannot be tested", hint="reload.test names a command that does")
    must_be_good(run_words(words, timeout=timeout))
    return "tested"


def must_be_good(ended: Ended, *, by_hand: str = "run it by hand") -> None:
    """What the end of a test means, wherever it ran. Raises as `Reload.test`."""
    if ended.code in NOT_RUN or ended.code < 0:
        raise ControlFailed(f"the test command cannot tell ({ended})", hint=by_hand)
    if ended.code != 0:
        raise ConfigRefused(f"the configuration is refused ({_why_refused(ended)})")


def _why_refused(ended: Ended) -> str:
    """What is wrong, in its own words: the first lines that tell of an error, or else its last ones.

    They quote the configuration, in which there are passwords: what could be quoted is left out.
    """
    lines = [line for line in ended.output.decode("utf-8", "replace").splitlines() if line.strip()]
    telling = [line for line in lines if _TELLING.search(line)][:_TOLD] or lines[-_TOLD:]
    said = " / ".join(text for text in (tellable(line.strip(" -*\t")) for line in telling) if text)
    return f"exit {ended.code}{f': {said}' if said else ''}"
