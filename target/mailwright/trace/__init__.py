"""Trace: what would happen to a mail, step by step, read off the rendered configuration."""
