"""Drills: snapshots brought back where they hurt nobody, lived on by the real program, and timed step by step."""
