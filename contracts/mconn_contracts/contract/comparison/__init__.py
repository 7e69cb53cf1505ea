"""Two documents of this API compared: their normal forms, and the facts that tell them apart.

Documents go in; facts come out, the same in both directions, and overlays that make one document agree with the other.
Nothing is judged.
"""
