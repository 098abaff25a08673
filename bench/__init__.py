"""Speed and memory, printed as ratios of one run. `make bench` runs all modules here; nothing in it
is a test.
"""
