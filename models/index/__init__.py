"""The candidate index: a corpus of creators in a folder that a service maps into memory and ranks from."""

from __future__ import annotations

from models.index.building import add, add_of, build, build_of, remove
from models.index.encoding import pieces
from models.index.manifest import Manifest, read_manifest
from models.index.opening import Index

__all__ = ["Index", "Manifest", "add", "add_of", "build", "build_of", "pieces", "read_manifest", "remove"]
