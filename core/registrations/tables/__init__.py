"""Accounts and channels in SQLite tables: select, compare, plan, undo. Pure."""

from core.registrations.tables.changes import Change, TablePlan, dump, load
from core.registrations.tables.planning import plan_tables
from core.registrations.tables.register import Register
from core.registrations.tables.undo import plan_undo

__all__ = ["Change", "Register", "TablePlan", "dump", "load", "plan_tables", "plan_undo"]
