"""The demo: ten outlets simulated on loopback, one cycle, its flags and its digest. The texts are
our own retellings of real reports.
"""
