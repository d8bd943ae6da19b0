"""The candidate index: a corpus of creators in a folder that a service maps into memory and ranks from."""

from __future__ import annotations

from models.index.building import add, build, remove
from models.index.encoding import pieces
from models.index.manifest import Manifest, read_manifest
from models.index.opening import Index

__all__ = ["Index", "Manifest", "add", "build", "pieces", "read_manifest", "remove"]
