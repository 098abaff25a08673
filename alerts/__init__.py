"""Telling people: digests now; the outbox and urgent messages build on them."""
