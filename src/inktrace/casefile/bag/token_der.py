"""Time-stamp tokens in the shapes that authorities send them, made one that the library reads.

No byte of what was signed is touched. Reference: RFC 3161 (2.4.2), RFC 5652 (5.1), X.690 (DER).
"""

from __future__ import annotations

from typing import Final, NamedTuple

_SEQUENCE, _OBJECT_ID, _CERTIFICATES = 0x30, 0x06, 0xA0
_GRANTED: Final = b"\x30\x03\x02\x01\x00"  # PKIStatusInfo with the status 0, granted


class _Part(NamedTuple):
    tag: int
    start: int
    body: int
    end: int


def as_response(content: bytes) -> bytes:
    """A bare token within the response that it would have come in; anything else unchanged.

    A response is the sequence of a status and a token; a bare token begins with the identifier
    of its kind.
    """
    try:
        (whole,) = _parts(content, 0, len(content))
        first = _parts(content, whole.body, whole.end)[0]
    except (ValueError, IndexError):
        return content
    if whole.tag != _SEQUENCE or first.tag != _OBJECT_ID:
        return content
    return bytes([_SEQUENCE]) + _length(len(_GRANTED) + len(content)) + _GRANTED + content


def with_sorted_certificates(response: bytes) -> bytes:
    """The response with its certificates in the order that DER wants of a set.

    Authorities that run OpenSSL send them in any order, and the library refuses those. They are
    no part of what is signed. What is no such response comes back unchanged.
    """
    try:
        (whole,) = _parts(response, 0, len(response))
        token = _parts(response, whole.body, whole.end)[1]
        wrapped = _parts(response, token.body, token.end)[1]
        (signed,) = _parts(response, wrapped.body, wrapped.end)
        fields = _parts(response, signed.body, signed.end)
        held = next(field for field in fields if field.tag == _CERTIFICATES)
        parts = _parts(response, held.body, held.end)
    except (ValueError, IndexError, StopIteration):
        return response
    ordered = sorted(response[part.start : part.end] for part in parts)
    return response[: held.body] + b"".join(ordered) + response[held.end :]


def _parts(content: bytes, at: int, end: int) -> list[_Part]:
    """The elements that lie one after another between two places. Raises ValueError, IndexError."""
    found = []
    while at < end:
        size, body = content[at + 1], at + 2
        if size & 0x80:
            digits = size & 0x7F
            size, body = int.from_bytes(content[body : body + digits], "big"), body + digits
        if body + size > end:
            raise ValueError("an element goes beyond the one it lies in")
        found.append(_Part(content[at], at, body, body + size))
        at = body + size
    return found


def _length(size: int) -> bytes:
    if size < 0x80:
        return bytes([size])
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(digits)]) + digits
