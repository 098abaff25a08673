"""The reading aid: a language model on the operator's server describes flagged items. Off by
default.
"""
