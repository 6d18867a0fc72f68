"""The shell: people, wires and time. It talks, watches the clock and listens."""

__version__ = "0.1.0"
