"""The judge run over captures, serially, in processes or on Dask, with checkpoints.

Inputs and a `Plan` go in; one merged tally comes out, the same whatever the split of the work.
"""
