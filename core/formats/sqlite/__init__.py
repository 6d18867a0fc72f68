"""SQLite databases: opened in memory from their bytes, checked, and read where they hold accounts and channels."""

from core.formats.sqlite.check import check, inspect, inspect_plain
from core.formats.sqlite.header import is_sqlite
from core.formats.sqlite.model import Column, Row, Table, Tables, Unique, Value
from core.formats.sqlite.opening import Unreadable, opened, quoted
from core.formats.sqlite.reading import read, read_tables

__all__ = [
    "Column",
    "Row",
    "Table",
    "Tables",
    "Unique",
    "Unreadable",
    "Value",
    "check",
    "inspect",
    "inspect_plain",
    "is_sqlite",
    "opened",
    "quoted",
    "read",
    "read_tables",
]
