"""Atheme's services.db (OpenSEX): a lossless model, and a check that knows what services would do with it."""

from core.formats.atheme.check import check
from core.formats.atheme.facts import counts, field, is_master, lookup, modules, schema_version
from core.formats.atheme.rows import Database, Row, kind_of, parse, render

__all__ = [
    "Database",
    "Row",
    "check",
    "counts",
    "field",
    "is_master",
    "kind_of",
    "lookup",
    "modules",
    "parse",
    "render",
    "schema_version",
]
