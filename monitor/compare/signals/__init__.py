"""How near an item is to a claim: phrases, vectors, features."""
