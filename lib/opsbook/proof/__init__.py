"""Simulated truth and published cases that every method is held against."""
