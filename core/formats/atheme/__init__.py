"""Atheme's services.db (OpenSEX): a lossless model, and a check that knows what services would do with it."""

from core.formats.atheme.check import check, examine, tally
from core.formats.atheme.facts import (
    counts,
    field,
    is_master,
    lists_all_modules,
    lookup,
    modules,
    schema_version,
)
from core.formats.atheme.lines import Lines, lookup_in
from core.formats.atheme.rows import Database, Row, join, kind_of, parse, render
from core.formats.atheme.text import shown

__all__ = [
    "Database",
    "Lines",
    "Row",
    "check",
    "counts",
    "examine",
    "field",
    "is_master",
    "join",
    "kind_of",
    "lists_all_modules",
    "lookup",
    "lookup_in",
    "modules",
    "parse",
    "render",
    "schema_version",
    "shown",
    "tally",
]
