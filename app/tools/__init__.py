"""Commands' own work: replay, explain, demo, report, doctor."""
