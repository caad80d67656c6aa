"""Derived edges: one kind a file, with its meaning, what it needs and gives, and how it is derived.

The files are found by scanning this folder; `graph.derive` runs them in the order of what builds on what.
Their pages in `docs/edges` are made by `python -m graph.edges.pages`.
"""
