"""What is looked at unasked: each guard is one question about what could go wrong before it does."""
