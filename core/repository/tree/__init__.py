"""Trees of files: what changed, an increment of it, and back. The format is in docs/format.md, "Trees"."""
