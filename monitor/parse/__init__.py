"""Read: from an entry as a source gives it to a clean text with language, dates, canonical address and content hash."""
