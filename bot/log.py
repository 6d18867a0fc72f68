"""How the log is written: a line for people, or JSON for machines; what was said in it never makes a line of its own.

Every line bears the run that it belongs to, as `runs.jsonl` has it, and the request, as the audit trail has it.
"""

import json
import logging
import os
import re
import sys
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

from core.journal.about import about
from core.run_id import run_id

_OURS = ("bot", "core")
_LONGEST = 8000  # characters of a message
# Priorities of sd-daemon(3), by which the journal can be asked for errors alone.
_PRIORITIES = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}
_SECRET = (
    (re.compile(r"(?i)\b(https?://)(?:[^\s/@'\"]*@)?([^\s/?#'\"]+)[/?#][^\s'\"]*"), r"\1\2/…"),  # a webhook is a secret
    (re.compile(r"(?i)(?<![a-z0-9+.-])([a-z0-9+.-]++://)[^\s/@'\"]+@"), r"\1…@"),  # each letter is looked at once
    (re.compile(r"\bAGE-SECRET-KEY-[0-9A-Z]+"), "(a key)"),
    (re.compile(r"\$(?:2[aby]|5|6|argon2id?|pbkdf2|1|y)\$\S{8,}"), "(a hash)"),
    (re.compile(r"(?<![\w:/.-])[\w.%+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"), "(an e-mail address)"),
    (re.compile(r"(?i)\b((?:authorization: *)?bearer) +\S+"), r"\1 …"),
)


def begin(level: int, *, debug: bool = False) -> None:
    """At the start of a command, before its configuration is read."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_plain())
    # Libraries say at debug what must not be said, and much of it: whole lines, headers.
    logging.basicConfig(level=level, handlers=[handler])
    if debug:
        _set_level(logging.DEBUG)


def set_up(*, form: Literal["plain", "json"], level: str) -> None:
    """As the configuration wants it."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler.formatter, PlainFormatter | JsonFormatter):
            handler.setFormatter(JsonFormatter() if form == "json" else _plain())
    logging.captureWarnings(capture=True)
    threading.excepthook = _of_a_thread  # by itself it would write lines that are none of ours
    _set_level(logging.getLevelNamesMapping()[level.upper()])


def _set_level(level: int) -> None:
    logging.getLogger().setLevel(max(level, logging.INFO))
    for name in _OURS:
        logging.getLogger(name).setLevel(level)


def _of_a_thread(died: threading.ExceptHookArgs) -> None:
    if died.exc_value is not None:
        name = died.thread.name if died.thread is not None else "unknown"
        logging.getLogger(__name__).error("the thread %s died", name, exc_info=died.exc_value)


class PlainFormatter(logging.Formatter):
    """One line, or with a traceback several that are pushed in. For the journal without the time, which it has."""

    def __init__(self, *, for_journal: bool = False) -> None:
        super().__init__()
        self._for_journal = for_journal

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        ids = "".join(f" [{name} {value}]" for name, value in _ids().items())
        line = f"{record.levelname:7} {record.name}: {_one_line(record.getMessage())}{ids}"
        lines = [line, *(f"    {_one_line(more)}" for more in _trace(self, record).splitlines())]
        if self._for_journal:
            return "\n".join(f"<{_PRIORITIES.get(record.levelno, 6)}>{line}" for line in lines)
        return "\n".join([f"{_at(record)} {lines[0]}", *lines[1:]])


class JsonFormatter(logging.Formatter):
    """One object, on one line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        fields = {
            "at": _at(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _without_secrets(record.getMessage())[:_LONGEST],
            **_ids(),
        }
        if trace := _trace(self, record):
            fields["trace"] = trace
        # A byte that was no UTF-8 stands in a text as a lone surrogate, which strict readers of JSON refuse.
        return json.dumps({name: text.encode(errors="backslashreplace").decode() for name, text in fields.items()})


def _plain() -> PlainFormatter:
    return PlainFormatter(for_journal=_is_journal(os.environ))


def _is_journal(environment: Mapping[str, str]) -> bool:
    """Whether the journal takes what we write: systemd.exec(5), $JOURNAL_STREAM."""
    try:
        status = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):
        return False
    return environment.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


def _ids() -> dict[str, str]:
    ids = {"run": run_id(), "request": str(about().get("request", ""))}
    return {name: value for name, value in ids.items() if value}


def _at(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _trace(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    traces = [formatter.formatException(record.exc_info)] if record.exc_info and record.exc_info[0] else []
    traces += [formatter.formatStack(record.stack_info)] if record.stack_info else []
    return _without_secrets("\n".join(traces))


def _one_line(text: str) -> str:
    """What somebody wrote must not look like a line of ours, nor speak to a terminal."""
    told = _without_secrets(text)[:_LONGEST]
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in told)


def _without_secrets(text: str) -> str:
    for pattern, instead in _SECRET:
        text = pattern.sub(instead, text)
    return text
