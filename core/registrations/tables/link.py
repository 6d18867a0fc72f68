"""How one table names the rows of another: by name or by number, in whichever column."""

from dataclasses import dataclass

from core.formats.sqlite import Column, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A column, and the column of the other table whose values it holds."""

    column: str
    to: str
    by_name: bool  # it holds names, in whatever case, and may hold something else: a hostmask, a group


def link_of(
    table: Table, candidates: tuple[str, ...], target: Table, *, name: str, ids: tuple[str, ...]
) -> Link | None:
    """How `table` refers to `target`. A declared foreign key says it; without one, the likeliest column does."""
    return _declared(table, candidates, target, name) or _likely(table, candidates, target, name, ids)


def _declared(table: Table, candidates: tuple[str, ...], target: Table, name: str) -> Link | None:
    for candidate in candidates:
        column = table.column(candidate)
        if column is None or column.refers_to is None or column.refers_to[0] != target.name.lower():
            continue
        to = column.refers_to[1] or next((one.name.lower() for one in target.columns if one.key == 1), "")
        if target.column(to) is not None:
            return Link(column=column.name, to=to, by_name=to == name)
    return None


def _likely(table: Table, candidates: tuple[str, ...], target: Table, name: str, ids: tuple[str, ...]) -> Link | None:
    column = table.first(candidates)
    if column is None:
        return None
    number = target.first(ids) or next((one for one in target.columns if one.alias), None)
    if number is not None and _holds_numbers(column):
        return Link(column=column.name, to=number.name.lower(), by_name=number.name.lower() == name)
    return Link(column=column.name, to=name, by_name=True)


def _holds_numbers(column: Column) -> bool:
    return column.is_integer or column.name.lower().endswith("id")
