"""The web desk where people decide, and the living report. `create_desk` (review.app) is the way
in.
"""
