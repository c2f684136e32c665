"""Measures Mailwright's costs and compares them with a bare Postfix and Dovecot: `python -m benchmarks`."""
