"""Mailwright: a complete mail server's configuration as one pure function of what the operator gave."""

__version__ = "0.2.0"
