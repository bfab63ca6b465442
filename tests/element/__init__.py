"""People on Element's own SDK, run by Node: its packages, the process, the people."""
