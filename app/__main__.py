"""`python -m app` is `ajour`."""

from app.cli import main

main()
