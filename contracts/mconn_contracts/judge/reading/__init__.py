"""An exchange read into the views that rules judge, and the history of a session.

Exchanges go in; typed views come out, of bodies whose shape can be relied on.
"""
