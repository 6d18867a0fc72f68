"""How to reach a running program."""
