"""The rules, one module per subject; each is a small pure function under a statement's code.

Views go in; hits come out. `catalog.py` names them all; nothing registers itself by being imported.
"""
