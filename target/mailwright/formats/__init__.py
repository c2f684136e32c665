"""Texts of files to values and back, one module a format. The modules do not import one another."""
