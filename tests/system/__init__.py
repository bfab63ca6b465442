"""Whole programs in fresh environments."""
