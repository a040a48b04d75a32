"""Exports in, tables out."""
