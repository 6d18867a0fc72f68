"""Seal and open; recipients and identities."""
