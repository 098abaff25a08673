"""`python -m app` is `ajour`."""

from app.cli.main import main

main()
