"""The commands, one module per room. Each module's `register(app)` puts its commands on the command line; app/cli.py lists the modules."""
