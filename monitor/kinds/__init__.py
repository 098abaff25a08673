"""One module per kind of source, each registered as one SourceKind record."""
