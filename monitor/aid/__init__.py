"""The reading aid: what a language model on the operator's server reads in a flagged item. Off by
default.
"""
