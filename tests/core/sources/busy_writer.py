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

_ROWS = 2000


def prepare(database: Path, journal: str, script: str) -> None:
    """The village and the pulse, in a file."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute(f"PRAGMA journal_mode={journal}")
        connection.executescript(script)
        connection.execute("CREATE TABLE pulse(n INT, padding)")
        connection.executemany("INSERT INTO pulse VALUES (0, ?)", [("x" * 200,)] * _ROWS)
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
def writing(database: Path, *, rows: int = 5) -> Iterator[Writer]:
    """The writer at work; `rows` of the pulse, at both ends of the file, change in each commit."""
    command = [sys.executable, __file__, str(database), str(rows)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"writing\n"
            yield Writer(database)
        finally:
            process.communicate()
    assert process.returncode == 0


def _write(database: str, rows: int) -> None:
    """Until standard input ends."""
    import select  # noqa: PLC0415 — only the process needs it

    statement = "UPDATE pulse SET n = ? WHERE rowid % ? = 1"
    with closing(sqlite3.connect(database, timeout=60, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("DELETE FROM pulse WHERE rowid % ? <> 1", (_ROWS // rows,))
        print("writing", flush=True)  # noqa: T201 — what the test waits for
        number, started = 0, time.monotonic()
        while not select.select([sys.stdin], [], [], 0)[0] and time.monotonic() - started < 60:
            number += 1
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(statement, (number, _ROWS // rows))
            connection.execute("COMMIT")


if __name__ == "__main__":
    _write(sys.argv[1], int(sys.argv[2]))
