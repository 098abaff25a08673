"""What an item says: sentences, concepts, values, legal stage, tense, counts of persons."""
