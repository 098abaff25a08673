"""The item against every claim: several plain signals, each in its own module, and a verdict that weighs them.

`compare.assess` is the way in. Each signal can be explained in one sentence: `wording` finds the phrases, `meaning` finds the
paraphrase, `stage` says where a rule stands, `values` sets old against new, `story` joins what tells of the same event.
"""
