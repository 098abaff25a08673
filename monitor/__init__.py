"""Fetch, read, compare, flag. monitor/pipeline.py is the main loop; start reading there."""
