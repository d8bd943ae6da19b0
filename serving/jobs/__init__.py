"""Jobs: any number of creators handed in at once, scored in the background, and fetched when they are done.

Everything about a job lies in a folder of its own, so that every process of the service can answer for it, and so that
nothing is lost with a process. One process of its own scores, whatever the number of those that answer; see `runner`.
"""
