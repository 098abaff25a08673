"""A report as a file → sections, sentences with exact quotes, footnotes, draft claims."""
