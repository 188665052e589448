"""The nearest recordings in a folder: indexed once, kept up to date, searched by the same rule as two are compared."""
