"""Fitting and measuring the models on labelled items."""
