"""Watch, read, compare, flag. The whole way of an item is in monitor/pipeline.py; start reading
there.
"""
