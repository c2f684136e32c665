"""Reports about the log: a summary of its events, as text, as HTML, on the terminal and as mail."""
