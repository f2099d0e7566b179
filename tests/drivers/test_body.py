"""Bodies as they come: compressed in every way that is asked for, broken, and without end."""

import asyncio
import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.drivers import body
from bench.drivers.body import MOST_BODY_BYTES, DecodingError, TooLargeError


def read(content, coding, *, piece=1000):
    async def parts():
        for start in range(0, len(content), piece):
            yield content[start : start + piece]

    return asyncio.run(body.read(parts(), coding, None))[0]


def _raw(data):
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return deflater.compress(data) + deflater.flush()


@given(st.binary(max_size=400), st.integers(1, 500))
def test_every_coding_that_is_accepted_is_undone_however_it_is_cut(data, piece):
    assert read(data, None, piece=piece) == data
    assert read(data, "br", piece=piece) == data, "not known: left as it is"
    assert read(gzip.compress(data), "gzip", piece=piece) == data
    assert read(zlib.compress(data), "deflate", piece=piece) == data
    assert read(_raw(data), "deflate", piece=max(piece, 2)) == data, "without zlib's header, as some servers do"
    assert read(gzip.compress(zlib.compress(data)), "deflate, GZIP", piece=piece) == data


def test_a_bomb_is_not_unpacked_but_to_the_limit():
    zeros = zlib.compressobj(wbits=31)
    bomb = b"".join(zeros.compress(bytes(2**20)) for _ in range(64)) + zeros.flush()
    assert len(bomb) < 2**17
    for piece in (len(bomb), 100):
        with pytest.raises(TooLargeError):
            read(bomb, "gzip", piece=piece)
    with pytest.raises(TooLargeError):
        read(gzip.compress(bomb), "gzip, gzip")
    with pytest.raises(TooLargeError):
        read(bytes(MOST_BODY_BYTES + 1), None, piece=2**20)


@pytest.mark.parametrize(("content", "coding"), [(b"no gzip at all", "gzip"), (b"\xff\xff\xff\xff", "deflate")])
def test_what_is_not_compressed_as_it_says_is_an_error(content, coding):
    with pytest.raises(DecodingError):
        read(content, coding)
