"""Runs a client under scenarios, and reports the results: styles and faults of the reference server, revisions, weather.

A command and the scenarios go in; its opinion in each, its requests and their faults come out.
"""
