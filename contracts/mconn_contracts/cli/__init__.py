"""The command line: one module for each command.

Arguments and the environment go in; output, files and an exit code come out.
"""
