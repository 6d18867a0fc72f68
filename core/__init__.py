"""The engine: keeps a network's data and brings it back. Synchronous, usable with IRC dead."""
