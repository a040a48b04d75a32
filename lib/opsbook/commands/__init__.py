"""What the commands print: one module per command that has more to say than a line."""
