"""What Mailwright costs next to a bare Postfix and Dovecot: `python -m benchmarks`."""
