"""Twinline: two groups in different countries, working as twins across languages."""
