"""The command line: a thin front door over all that is below."""
