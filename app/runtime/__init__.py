"""The running process: settings, container, jobs, workers, health, metrics, logs."""
