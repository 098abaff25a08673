"""Comparison of one item with every claim of a report.

`pipeline` is the entry point. `reading` annotates the text, `claims` indexes the report, `signals`
measures similarity and novelty, `decide` turns the signals into a score and a flag, `stories`
groups items about one event, and `training` fits the models. Each signal has one module or one
record and can be recomputed by hand.
"""
