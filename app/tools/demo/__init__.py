"""The demo: ten outlets played on loopback, one ordinary cycle, its flags and its digest. The texts are our own retellings of real reports."""
