"""How results look: theme, charts, tables, controls, languages."""
