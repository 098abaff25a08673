"""Fitting and evaluating the models on labelled items."""
