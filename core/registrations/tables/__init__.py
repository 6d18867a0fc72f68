"""Accounts and channels in SQLite tables: select, compare, plan, undo. Pure."""
