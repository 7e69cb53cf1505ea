"""The reference server's pure handler, stage by stage.

A request goes in; a response comes out. Behavior and faults act between the stages.
"""
