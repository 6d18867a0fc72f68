"""Ways to people other than IRC: each takes a notice and says what came of it."""
