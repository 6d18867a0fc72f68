"""What a snapshot is inside a storage."""
