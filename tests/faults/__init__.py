"""What holds when something breaks under load: ``python -m tests.faults`` prints a table (``make faults``)."""
