"""Scripts that run within a network namespace, by their path and with nothing but the standard library."""
