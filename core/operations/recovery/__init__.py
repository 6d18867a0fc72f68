"""Everything back, in the right order: files first, then what lives on them, then the programs."""
