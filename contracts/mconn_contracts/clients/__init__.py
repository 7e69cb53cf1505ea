"""Runs a client under scenarios, and says what became of it: styles and faults of the reference server, revisions, weather.

A command and the scenarios go in; its opinion in each, its requests and what is wrong with them come out.
"""
