"""Jinja: templates, their filters, and the marks that say which line a rendered line comes from."""
