"""The operator's own command that tries a configuration, for every reload that cannot ask the program itself."""

from collections.abc import Sequence

from core.control.words import run_words
from core.domain.errors import ConfigRefused, ControlFailed

NOT_RUN = frozenset({126, 127})  # the shell's own: it could not be run at all


def run_test(words: Sequence[str] | None, *, timeout: float) -> str:
    """Run it, within `timeout` seconds; see `Reload.test`."""
    if words is None:
        raise ControlFailed("the configuration cannot be tested", hint="reload.test names a command that does")
    ended = run_words(words, timeout=timeout)
    if ended.code in NOT_RUN or ended.code < 0:
        raise ControlFailed(f"the test command cannot tell ({ended})", hint="run it by hand")
    if ended.code != 0:
        raise ConfigRefused(f"the configuration is refused ({ended})")
    return "tested"
