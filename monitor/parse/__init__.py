"""Parse: from bytes and raw entries to clean text, language, dates, canonical address and content
hash.
"""
