"""The commands, one module per group. app/cli/main.py lists them."""
