"""THE DOOR TO PROMETHEUS: figures become lines of its text format, served or written into a file."""
