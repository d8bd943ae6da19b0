"""`python -m bonafide`: the command line where its script is not on the path, as in a Bento."""

from bonafide.cli import main

main()
