"""What travels: content codings undone, bytes decoded as strict JSON, and secrets replaced.

Bytes and header fields go in; decoded values with their defects, or text that holds no secret, come out.
"""
