"""The same charts through other dashboards, as their own guides show it."""
