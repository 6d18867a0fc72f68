"""One chat command per file: the listing is the manual."""
