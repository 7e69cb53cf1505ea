"""What a change of the document means, and for whom.

Two documents go in; findings come out, each with the smallest payload on which the judge decides differently.
"""
