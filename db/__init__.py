"""What is kept: the tables, their migrations, and every query by name. Imports no other room."""
