"""A whole small network on loopback, to see the product work in a minute."""
