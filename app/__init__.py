"""The command line, the settings and the demo: the only place that knows all rooms."""
