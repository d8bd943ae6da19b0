"""Answers in the shape of another service."""

from __future__ import annotations

from serving.compat.shapes import SERVICES, Compat, answers

__all__ = ["SERVICES", "Compat", "answers"]
