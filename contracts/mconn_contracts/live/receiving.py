"""Read one answer off the wire as it is, faults and all; and how long it asks to wait."""

from __future__ import annotations

import contextlib
import email.utils
import time

import requests
from urllib3.exceptions import DecodeError, ProtocolError, ReadTimeoutError

from mconn_contracts.model.exchange import Response

LONGEST_BODY = 64 * 1024 * 1024
_CHUNK = 64 * 1024


def read_response(response: requests.Response, deadline: float) -> tuple[Response, bool]:
    """The answer read to its end, or to `deadline` (`time.monotonic`), and whether the connection was reset on the way."""
    parts: list[bytes] = []
    size = 0
    incomplete = undecodable = None
    was_reset = False
    try:
        while chunk := response.raw.read1(_CHUNK, decode_content=True):
            parts.append(chunk)
            size += len(chunk)
            if size > LONGEST_BODY:
                incomplete = f"longer than {LONGEST_BODY} bytes; the rest was not read"
                break
            if time.monotonic() >= deadline:
                incomplete = f"the body did not end in time; {size} bytes came"
                break
    except DecodeError:
        undecodable = f"the content does not decode as content-encoding {response.headers.get('content-encoding')!r}"
    except ReadTimeoutError:
        incomplete = f"the body did not end in time; {size} bytes came"
    except ProtocolError as error:
        incomplete = f"the connection ended after {size} bytes, of {response.headers.get('content-length', 'a chunked body')}"
        was_reset = any(isinstance(cause, ConnectionResetError) for cause in (*error.args, error.__cause__))
    finally:
        # To the pool where the body was read to its end; closed otherwise.
        response.raw.release_conn() if incomplete is undecodable is None else response.raw.close()
    body = b"".join(parts)
    # Where requests keeps a body that has been read; schemathesis takes it from there.
    response._content = body
    headers = tuple((str(name), str(value)) for name, value in response.raw.headers.iteritems())
    return Response(response.status_code, headers, body, incomplete, undecodable), was_reset


def retry_after(answer: Response) -> float:
    """Seconds, from either form of the field (RFC 9110, 10.2.3); one second where there is none that can be read."""
    value = (answer.header("retry-after") or "").strip()
    if value.isdecimal():
        return float(value)
    with contextlib.suppress(ValueError, TypeError):
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    return 1.0


def may_pass(error: requests.RequestException) -> bool:
    """Whether a failure to get an answer may be a passing one, such as a reset connection."""
    return isinstance(error, requests.ConnectionError) and not isinstance(error, requests.Timeout)
