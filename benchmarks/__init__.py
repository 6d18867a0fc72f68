"""What it costs: a generated town of any size, and how long reading, planning and restoring it take."""
