"""The judge run over captures: in this process, in processes or on Dask, with checkpoints.

Inputs and a `Plan` go in; one merged tally comes out. It is the same for any split of the work.
"""
