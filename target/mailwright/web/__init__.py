"""The application behind nginx: one module a path, which answers nothing else.

It stays in memory and is asked by strangers, so it imports neither pydantic nor jinja2 nor Settings, and reads what it
needs to know in one rendered file.
"""
