"""Content codings: what is packed in any way comes back whole, within a limit, or is refused by name."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Callable
from types import SimpleNamespace

import brotli
import pytest

from mconn_contracts.wire import codings
from mconn_contracts.wire.codings import CodingError, TooLongError, UnknownCodingError, decode, undo

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def raw_deflate(content: bytes) -> bytes:
    """Deflate without zlib's head, as some servers send it."""
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(content) + compressor.flush()


PACKED: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "x-gzip": ("X-Gzip", gzip.compress),
    "deflate": ("deflate", zlib.compress),
    "raw deflate": ("deflate", raw_deflate),
    "br": ("br", brotli.compress),
    "zstd": ("zstd", zstd.compress),
    "both": ("gzip, br", lambda content: brotli.compress(gzip.compress(content))),
}
BODY = b'{"result": {}}' * 10_000


@pytest.mark.parametrize("name", PACKED)
def test_what_is_packed_comes_back_whole(name: str) -> None:
    """Exactly as many bytes as the limit are no byte too many."""
    header, pack = PACKED[name]

    assert undo(pack(BODY), header, len(BODY)) == BODY


@pytest.mark.parametrize("name", PACKED)
def test_what_is_longer_than_the_limit_is_refused(name: str) -> None:
    """One byte more than the limit is one too many."""
    header, pack = PACKED[name]

    with pytest.raises(TooLongError):
        undo(pack(BODY), header, len(BODY) - 1)


@pytest.mark.parametrize("name", PACKED)
def test_what_is_cut_is_refused_by_the_name_of_its_coding(name: str) -> None:
    """Content that lacks its end is not what its label says."""
    header, pack = PACKED[name]

    with pytest.raises(CodingError):
        undo(pack(BODY)[:-6], header, len(BODY))


@pytest.mark.parametrize("coding, pack", [("gzip", gzip.compress), ("zstd", zstd.compress)])
def test_one_member_after_the_other_is_one_content(coding: str, pack: Callable[[bytes], bytes]) -> None:
    """RFC 1952, 2.2, and RFC 8878, 3: both allow it. The limit is that of all."""
    packed = pack(b"[") + pack(b"1, 2") + pack(b"]")

    assert undo(packed, coding, 6) == b"[1, 2]"
    with pytest.raises(TooLongError):
        undo(packed, coding, 5)


def test_zeros_may_follow_gzip() -> None:
    """As the gzip program takes them."""
    assert undo(gzip.compress(b"{}") + b"\0" * 512, "gzip", 2) == b"{}"


def test_members_that_are_tiny_and_many_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What follows a member is not copied for each of them: their number is the sender's to choose."""
    packed = gzip.compress(b"", mtime=0) * 2_000
    handed_over = 0

    class Counted:
        def __init__(self, window: int) -> None:
            self._decompressor = zlib.decompressobj(window)

        def decompress(self, piece: bytes, most: int) -> bytes:
            nonlocal handed_over
            handed_over += len(piece)
            return self._decompressor.decompress(piece, most)

        def __getattr__(self, name: str) -> object:
            return getattr(self._decompressor, name)

    monkeypatch.setattr(codings, "zlib", SimpleNamespace(decompressobj=Counted, error=zlib.error))

    assert b"" == undo(packed, "gzip", 10)
    assert handed_over <= 15 * len(packed)


@pytest.mark.parametrize("name", ["gzip", "x-gzip", "deflate", "raw deflate"])
def test_what_was_asked_for_is_decoded_as_far_as_it_came(name: str) -> None:
    """Of an answer that is known to be cut, what came is its content; otherwise the error has that."""
    header, pack = PACKED[name]
    packed = pack(BODY)[:-6]
    with pytest.raises(CodingError) as caught:
        decode(packed, header, len(BODY))

    assert (True, True) == (caught.value.cut, BODY.startswith(caught.value.decoded))
    assert caught.value.decoded == decode(packed, header, len(BODY), whole=False)


@pytest.mark.parametrize("name", ["br", "zstd", "both"])
def test_what_was_not_asked_for_is_refused(name: str) -> None:
    """Requests of ours accept gzip and deflate only."""
    header, pack = PACKED[name]
    with pytest.raises(UnknownCodingError, match=r"^(br|zstd)$"):
        decode(pack(BODY), header, len(BODY))


def test_text_is_taken_to_be_decoded_already() -> None:
    """Recorders keep the label of a body that they have unpacked, of a coding that we do not know too."""
    assert [undo(b"{}", header, 2) for header in ("gzip", "deflate", "br", "zstd", "compress", "identity", "")] == [b"{}"] * 7


def test_a_coding_that_is_not_known_is_named() -> None:
    """Content that is no text, with a label that nobody here can undo."""
    with pytest.raises(UnknownCodingError, match=r"^compress$"):
        undo(b"\x1f\x9d\x90", "compress", 10)
