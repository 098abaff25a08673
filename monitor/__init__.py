"""Watch, read, compare, flag. The whole way of an item is in monitor/cycle.py; start reading there."""
