"""The version of Bonafide; the package's metadata have it from here, which a Bento does not have."""

VERSION = "0.1.0"
