"""Machine translation of what flags show of their items: by models in folders, or by a server that
the operator runs. Off by default.
"""
