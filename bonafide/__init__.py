"""The command line: a thin front door over the four packages below."""
