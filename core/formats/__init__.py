"""Pure knowledge of other programs' files: bytes to facts, and back."""
