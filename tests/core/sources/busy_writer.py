"""A program that commits to an SQLite database as fast as it can, in a process of its own.

In every commit all rows of `pulse` hold the same number: a copy with two numbers in it is a mix of two moments.
"""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

_ROWS = 40  # each fills a page, and a megabyte lies between each half: a careless copy takes long enough to be torn


def prepare(database: Path, journal: str, script: str) -> None:
    """The village and the pulse, in a file."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute(f"PRAGMA journal_mode={journal}")
        connection.executescript(script)
        connection.execute("CREATE TABLE pulse(n INT, padding)")
        connection.execute("CREATE TABLE rest(padding)")
        for _ in range(2):
            connection.executemany("INSERT INTO pulse VALUES (0, ?)", [("x" * 3500,)] * (_ROWS // 2))
            connection.executemany("INSERT INTO rest VALUES (?)", [("x" * 3500,)] * 300)
        connection.commit()


def pulses(content: bytes) -> set[int]:
    """The numbers in a copy."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.deserialize(content[:18] + b"\1\1" + content[20:])
        return {n for (n,) in connection.execute("SELECT DISTINCT n FROM pulse")}


@dataclass
class Writer:
    """The process, and what it has done so far."""

    database: Path

    def commits(self) -> int:
        with closing(sqlite3.connect(self.database, timeout=30)) as connection:
            return int(connection.execute("SELECT max(n) FROM pulse").fetchone()[0])


@contextmanager
def writing(database: Path) -> Iterator[Writer]:
    """The writer at work."""
    command = [sys.executable, __file__, str(database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"writing\n"
            yield Writer(database)
        finally:
            process.communicate()
    assert process.returncode == 0


def _write(database: str) -> None:
    """Until standard input ends."""
    import select  # noqa: PLC0415 — only the process needs it

    with closing(sqlite3.connect(database, timeout=60, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        print("writing", flush=True)  # noqa: T201 — what the test waits for
        number, started = 0, time.monotonic()
        while not select.select([sys.stdin], [], [], 0)[0] and time.monotonic() - started < 60:
            number += 1
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("UPDATE pulse SET n = ?", (number,))
            connection.execute("COMMIT")


if __name__ == "__main__":
    _write(sys.argv[1])
