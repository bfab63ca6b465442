"""What keeps generated files fresh: run as tasks, compared by tests."""
