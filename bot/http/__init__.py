"""THE DOOR TO BROWSERS: metrics, health, and the status page. Read only."""
