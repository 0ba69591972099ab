"""Looking after a store: what goes out of it, what is deleted from it, and why nothing comes in.

One module per task: ``pruning``, ``rewriting``, ``copying``, ``parquet_export``, ``otlp_export``, ``diagnosis``. Long
work reads in pages, each a short session, and computes in between, so that pages and commands stay fast meanwhile.
"""

__all__: list[str] = []
