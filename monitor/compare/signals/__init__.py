"""Signals of similarity between an item and a claim, and of an item as a whole."""
