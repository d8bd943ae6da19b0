"""Spark, where a corpus outgrows one machine: the same signals and models over Arrow batches of whole creators.

Needs the extra `spark` and Java 17 on the driver and the executors, and Bonafide on the executors. Modules here import
nothing heavy by themselves: an executor's Python decides on its threads before the libraries start theirs.
"""

from models.spark.corpus import build_context
from models.spark.scoring import score

__all__ = ["build_context", "score"]
