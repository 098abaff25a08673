"""Mails: rendering, MIME, the outbox, SMTP, bounces."""
