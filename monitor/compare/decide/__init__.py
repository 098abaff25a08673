"""Which claim, what changed, is it flagged, how severe, and why."""
