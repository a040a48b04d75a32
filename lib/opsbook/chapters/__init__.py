"""One module per chapter of the manual: its tables and decision rules."""
