"""Imports: what other mail servers store, as rows of our config folder, and what stays behind."""
