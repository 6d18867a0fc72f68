"""One line of the log is one thing that was logged, whoever wrote the words in it, and holds no secret."""

import json
import logging
import os
import subprocess
import sys
import time
from contextvars import copy_context

import pytest
from pydantic_core import from_json

from bot import log as module
from bot.log import JsonFormatter, PlainFormatter
from core.journal.about import be_about
from core.run_id import at_run

SPOKEN = "hello\n2026-11-29T03:00:00.000Z ERROR   bot.app: forged\r\x1b[31m \u202eright to left"
SECRETS = (
    ("https://discord.com/api/webhooks/1/abcdef failed", "https://discord.com/… failed"),
    ("https://alice:pw@host/x?token=1", "https://host/…"),
    ("sftp://alice:pw@host", "sftp://…@host"),
    ("alice <alice.b@example.org>: no", "alice <(an e-mail address)>: no"),
    ("AGE-SECRET-KEY-1QQQQ", "(a key)"),
    ("pass $2b$12$abcdefghijklmnop", "pass (a hash)"),
    ("Authorization: Bearer s3cret", "Authorization: Bearer …"),
)


def _record(message: str, *args: object, level: int = logging.WARNING) -> logging.LogRecord:
    record = logging.LogRecord("bot.app", level, __file__, 1, message, args, None)
    record.created = 1795923000.5
    return record


def _failed(words: str) -> logging.LogRecord:
    record, error = _record("it died"), ValueError(words)
    record.exc_info = (ValueError, error, error.__traceback__)
    return record


def test_what_somebody_wrote_makes_no_line_of_its_own() -> None:
    assert PlainFormatter().format(_record("%s said %s", "mallory", SPOKEN)) == (
        "2026-11-29T03:30:00.500Z WARNING bot.app: mallory said hello\\n2026-11-29T03:00:00.000Z ERROR   "
        "bot.app: forged\\r\\x1b[31m \\u202eright to left"
    )
    told = JsonFormatter().format(_record("%s", SPOKEN))
    assert told.isascii()
    assert len(told.splitlines()) == 1
    assert json.loads(told) == {
        "at": "2026-11-29T03:30:00.500Z",
        "level": "warning",
        "logger": "bot.app",
        "message": SPOKEN,
    }


def test_a_traceback_is_pushed_in_so_that_no_line_of_it_looks_like_ours() -> None:
    first, *others = PlainFormatter().format(_failed(SPOKEN)).splitlines()
    assert first.endswith("bot.app: it died")
    assert others
    assert all(line.startswith("    ") for line in others)
    assert "ValueError" in json.loads(JsonFormatter().format(_failed("x")))["trace"]


@pytest.mark.parametrize(("words", "told"), SECRETS)
def test_a_secret_that_gets_into_a_line_is_taken_out(words: str, told: str) -> None:
    assert PlainFormatter().format(_record("%s", words)).endswith(f": {told}")
    assert json.loads(JsonFormatter().format(_record("%s", words)))["message"] == told
    assert told in PlainFormatter().format(_failed(words))
    assert told in json.loads(JsonFormatter().format(_failed(words)))["trace"]


def test_a_line_bears_its_run_and_its_request() -> None:
    def within() -> None:
        be_about(request="7Q2F")
        with at_run() as run:
            fields = json.loads(JsonFormatter().format(_record("x")))
            assert (fields["run"], fields["request"]) == (run, "7Q2F")
            assert PlainFormatter().format(_record("x")).endswith(f": x [run {run}] [request 7Q2F]")
        assert PlainFormatter().format(_record("x")).endswith(": x [request 7Q2F]")

    copy_context().run(within)


def test_for_the_journal_every_line_bears_its_priority_and_no_time() -> None:
    lines = PlainFormatter(for_journal=True).format(_failed("x")).splitlines()
    assert lines[0] == "<4>WARNING bot.app: it died"
    assert all(line.startswith("<4>    ") for line in lines[1:])


def test_the_journal_is_known_by_what_it_says_of_our_own_standard_error() -> None:
    """As systemd does it: the device and the inode of the stream, in the environment."""
    reading, writing = os.pipe()
    status = os.fstat(writing)
    told = {}
    for stream in (f"{status.st_dev}:{status.st_ino}", "1:1"):
        words = "import logging; from bot.log import begin; begin(logging.INFO); logging.getLogger('bot').info('x')"
        environment = dict(os.environ) | {"JOURNAL_STREAM": stream}
        subprocess.run([sys.executable, "-c", words], stderr=writing, env=environment, check=True, timeout=30)
        told[stream] = os.read(reading, 4096).decode()
    os.close(reading)
    os.close(writing)
    journal, other = told.values()
    assert journal == "<6>INFO    bot: x\n"
    assert other.endswith("Z INFO    bot: x\n")


_SPEAK = """
import logging, threading, warnings
from bot.log import begin, set_up
begin(logging.INFO, debug=True)
set_up(form="json", level="debug")
warnings.warn("old\\nways")
thread = threading.Thread(target=lambda: 1 / 0, name="t")
thread.start()
thread.join()
for name in ("irc.client", "botocore.auth", "bot.irc.wire", "core.lock"):
    logging.getLogger(name).debug("x")
set_up(form="plain", level="error")
logging.getLogger("bot").warning("x")
logging.getLogger("bot").error("y")
"""


def test_libraries_say_nothing_at_debug_whatever_was_asked_for() -> None:
    """In a process of its own: a test's log goes elsewhere."""
    words = [sys.executable, "-c", _SPEAK]
    told = subprocess.run(words, capture_output=True, text=True, check=True, timeout=30).stderr.splitlines()
    assert [json.loads(line)["logger"] for line in told[:-1]] == [
        "py.warnings",
        "bot.log",  # a thread that died
        "bot.irc.wire",
        "core.lock",
    ]
    assert told[-1].endswith("Z ERROR   bot: y")


@pytest.mark.parametrize("formatter", [PlainFormatter(), JsonFormatter()])
@pytest.mark.parametrize("piece", ["a.", "a+", "1.", "a@", "http://", "bearer ", "a://"])
def test_a_long_message_holds_nobody_up(formatter: logging.Formatter, piece: str) -> None:
    took = time.perf_counter()
    formatter.format(_record("%s", piece * 10_000 + "!"))
    assert time.perf_counter() - took < 1


def test_bytes_that_are_no_text_make_no_line_that_others_cannot_read() -> None:
    """A lone surrogate in JSON is refused by strict readers: the whole line would be lost on its way."""
    told = JsonFormatter().format(_record("a file named %s is left out", os.fsdecode(b"caf\xe9")))
    assert from_json(told)["message"] == "a file named caf\\udce9 is left out"


def test_a_message_is_bounded() -> None:
    assert len(PlainFormatter().format(_record("%s", "x" * 100_000))) < module._LONGEST + 100
