"""Digests, urgent messages, readers' pages and the mails that carry them."""
