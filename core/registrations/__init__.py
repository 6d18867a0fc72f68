"""Accounts and channels: select, compare, plan, splice. Pure."""
