"""The machine that the work is done on: its cores, its memory, and several processes on it."""
