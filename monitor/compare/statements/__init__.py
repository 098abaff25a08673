"""Statements: what an item says and what a claim says, in one small form, so that a change is the
difference of two statements.

`subjects` loads the packs (baseline/subjects/*.yml), `numbers` reads numbers with their roles,
`acts` titles of official acts, `read` an item, `differ` sets an item against claims, `gist` writes
the change as one English sentence.
"""
