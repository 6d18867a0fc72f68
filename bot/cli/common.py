"""What every verb needs: the engine of the configuration, progress, and output for people or machines."""

import argparse
import contextlib
import functools
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from core.domain.errors import ConfigInvalid
from core.ports import Progress

if TYPE_CHECKING:
    from rich.text import Text

    from bot.config import BotSettings
    from core.operations.engine import Engine

_PLACES = ("bot.toml", "/etc/backupserv/bot.toml")


def config_path(args: argparse.Namespace) -> Path:
    """The configuration that is meant."""
    named = args.config or os.environ.get("BACKUPSERV_CONFIG")
    if named:
        return Path(named)
    found = next((Path(place) for place in _PLACES if Path(place).exists()), None)
    if found is None:
        raise ConfigInvalid(
            f"there is no configuration: looked for {' and '.join(_PLACES)}",
            hint="`backupserv init` writes one; --config FILE names another",
        )
    return found


def load_settings(args: argparse.Namespace) -> "BotSettings":
    """The settings in it."""
    from bot.config import load  # noqa: PLC0415 — start-up time is a promise

    return load(config_path(args))


def open_engine(args: argparse.Namespace, *, for_backup: bool = False) -> "Engine":
    """The engine of the configuration, without IRC. For a backup, somebody must be able to open it one day."""
    from bot.wiring import build_engine, must_be_recoverable  # noqa: PLC0415 — same

    settings = load_settings(args)
    if for_backup:
        must_be_recoverable(settings)
    return build_engine(settings, ask_passphrase=passphrase_asker())


def passphrase_asker() -> "Callable[[], str] | None":
    """How somebody is asked for a passphrase: on a terminal only, and never twice in one run."""
    if not sys.stdin.isatty():
        return None
    from getpass import getpass  # noqa: PLC0415 — same

    return functools.cache(lambda: getpass("passphrase of the identity: "))


def print_json(value: object) -> None:
    """One document on standard output."""
    text = json.dumps(value, ensure_ascii=False, indent=1)
    print(text.encode("utf-8", "replace").decode())  # names of files may hold anything


@contextlib.contextmanager
def progress(args: argparse.Namespace) -> Iterator[Progress]:
    """Progress on standard error: a spinner for people, lines for logs, nothing if quiet."""
    if args.quiet:
        yield _Silent()
    elif sys.stderr.isatty():
        from rich.console import Console  # noqa: PLC0415 — only where somebody looks

        with Console(stderr=True).status("…") as status:
            yield _Spinner(status.update)
    else:
        yield _Lines()


class _Silent:
    def step(self, text: str) -> None:
        """Nothing is shown."""


class _Lines:
    def step(self, text: str) -> None:
        """One line a step."""
        print(f"… {text}", file=sys.stderr)


class _Spinner:
    def __init__(self, update: "Callable[[Text], None]") -> None:
        self._update = update

    def step(self, text: str) -> None:
        """The step at work."""
        from rich.text import Text  # noqa: PLC0415 — same

        self._update(Text(text))
