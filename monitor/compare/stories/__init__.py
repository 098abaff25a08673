"""Items that report the same event are one story."""
