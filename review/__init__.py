"""The web desk where people decide. Still empty: the flags it will show are written by monitor and read through db.comparing."""
