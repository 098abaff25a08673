"""The commands, one module per group. app/cli.py lists them."""
