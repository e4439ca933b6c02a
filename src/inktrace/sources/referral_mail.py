"""Reports as e-mail: one message, an mbox of them, or a plain text; attachments never opened.

    Message-ID                  referral_id (mail: + the id; without one, a digest)
    topmost Received, or Date   received_at
    From                        reporter
    Subject                     title
    text parts                  text, those of forwarded mails too; HTML without its marks
    In-Reply-To, References,    refers_to, with the ids of mails that are attached
    X-Forwarded-Message-Id
    attachments                 how many, and the SHA-256 of each; no name, no content

A text without headers is one report; when it came in is for a profile's constant to say.
Limits are looked at before a message is parsed. What is over them goes to the rejects.
"""

from __future__ import annotations

import email
import email.policy
import hashlib
import html
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime
from html.parser import HTMLParser
from typing import Final

from inktrace.errors import InputError
from inktrace.params import SourceParams
from inktrace.sources.batch import Batch
from inktrace.sources.intake import Intake, Meter
from inktrace.sources.referral_json import report_batch
from inktrace.sources.streams import SourceStream, TruncatedStream

__all__ = ["OddMail", "mail_reports", "mail_values"]

_ROWS: Final = 500
_LINE_BYTES: Final = 2**16
_HEADER_LINE: Final = re.compile(rb"[!-9;-~]{1,80}:")
_HEADERS_END: Final = re.compile(rb"\r?\n[ \t]*\r?\n")
# Each opens a part, or a mail within this one.
_PART: Final = re.compile(rb"^content-type[ \t]*:", re.IGNORECASE | re.MULTILINE)
_DEEPER: Final = re.compile(
    rb"^content-type[ \t]*:\s*(?:multipart|message)/", re.IGNORECASE | re.MULTILINE
)
_IDS: Final = re.compile(r"<([^<>\s]{1,250})>")
_ANY_MARK: Final = re.compile(r"<[^<>]*>")
_MOST_IDS: Final = 100
_REFERRING: Final = ("In-Reply-To", "References", "X-Forwarded-Message-Id")
# What the standard parser is known to raise on mail that is not well-formed.
_PARSER_ERRORS: Final = (
    MessageError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    RecursionError,
    OverflowError,
)


class OddMail(ValueError):
    """A message that cannot be used; its text says why."""


def mail_reports(file: Intake, stream: SourceStream, meter: Meter) -> Iterator[Batch]:
    """Rows of a file of e-mail by our names; messages that cannot be used go to the rejects.

    Raises InputError where the file has no message at all.
    """
    rows: list[int] = []
    found: list[dict[str, str]] = []
    row = 0
    for raw, is_whole in _messages(stream, file):
        row += 1
        meter.at(stream.position)
        try:
            if not is_whole:
                raise OddMail(f"the e-mail has more than {file.params.max_mail_bytes:,} bytes")
            found.append(mail_values(raw, file.params))
            rows.append(row)
        except OddMail as odd:
            file.reject(row, None, str(odd), raw[:400])
        if len(rows) >= _ROWS:
            yield report_batch(rows, found)
            rows, found = [], []
    if not row:
        raise InputError("there is no message in this file", do="check where it came from")
    if rows:
        yield report_batch(rows, found)


def mail_values(raw: bytes, params: SourceParams) -> dict[str, str]:
    """What one message says, by the names of `add referrals`. Raises OddMail."""
    if not _HEADER_LINE.match(raw):
        text = raw.decode("utf-8", "replace")
        return {"referral_id": "text:" + hashlib.sha256(raw).hexdigest()[:32], "text": text}
    _check_size(raw, params)
    try:
        message = email.message_from_bytes(raw, policy=email.policy.compat32)
        return _values(message, raw, params)
    except OddMail:
        raise
    except _PARSER_ERRORS as error:
        raise OddMail(f"the e-mail cannot be read: {type(error).__name__}") from error


def _messages(stream: SourceStream, file: Intake) -> Iterator[tuple[bytes, bool]]:
    """Each message's bytes, or the start of one that is too long, and whether it is whole.

    In an mbox a line that begins with "From " after an empty line opens a message; only there is
    it taken for one.
    """
    is_mbox = stream.peek(5)[:5] == b"From "
    lines: list[bytes] = []
    size, limit = 0, file.params.max_mail_bytes
    after_blank = True
    for line in _lines(stream, file):
        if is_mbox and after_blank and line.startswith(b"From "):
            if size:
                yield b"".join(lines), size <= limit
            lines, size = [], 0
        else:
            size += len(line)
            if size <= limit:
                # "From " inside a message was written ">From ".
                quoted = is_mbox and line.startswith(b">") and line.lstrip(b">")[:5] == b"From "
                lines.append(line[1:] if quoted else line)
        after_blank = line in (b"\n", b"\r\n")
    if size:
        yield b"".join(lines), size <= limit


def _lines(stream: SourceStream, file: Intake) -> Iterator[bytes]:
    """Lines, those of more than 64 KiB in pieces; compressed data may end too early."""
    try:
        while line := stream.readline(_LINE_BYTES):
            yield line
    except TruncatedStream as damage:
        file.reject(0, None, f"{damage.what}; what stood before it is kept", b"")


def _check_size(raw: bytes, params: SourceParams) -> None:
    end = _HEADERS_END.search(raw)
    header = raw[: end.start()] if end else raw
    count = sum(1 for line in header.split(b"\n") if line and line[:1] not in b" \t")
    if count > params.max_mail_headers:
        raise OddMail(f"the e-mail has {count:,} headers, more than {params.max_mail_headers:,}")
    if len(header) > params.max_mail_header_bytes:
        raise OddMail(
            f"the e-mail's header has {len(header):,} bytes, more than "
            f"{params.max_mail_header_bytes:,}"
        )
    parts = sum(1 for _ in _PART.finditer(raw))
    if parts > params.max_mail_parts:
        raise OddMail(f"the e-mail has {parts:,} parts, more than {params.max_mail_parts:,}")
    # Side by side they are not deep; but so many of them are enough to be refused.
    deeper = sum(1 for _ in _DEEPER.finditer(raw))
    if deeper > params.max_mail_depth:
        raise OddMail(
            f"the e-mail has {deeper:,} parts that hold others, more than {params.max_mail_depth}"
        )


def _values(message: Message, raw: bytes, params: SourceParams) -> dict[str, str]:
    own = _ids(message, "Message-ID")
    texts, digests, inner = _contents(message, params)
    refers = [one for name in _REFERRING for one in _ids(message, name)] + inner
    named = list(dict.fromkeys(one for one in refers if one not in own))[:_MOST_IDS]
    sender = parseaddr(_header(message, "From"))[1].strip().lower()
    values = {
        "referral_id": "mail:" + (own[0] if own else hashlib.sha256(raw).hexdigest()[:32]),
        "received_at": _received(message),
        "reporter": sender,
        "title": _header(message, "Subject"),
        "text": "\n".join(texts),
        "refers_to": " ".join(f"mail:{one}" for one in named),
        "attachments": str(len(digests)),
        "sha256": " ".join(sorted(set(digests))),
    }
    return {name: _unicode(value) for name, value in values.items() if value.strip()}


def _contents(message: Message, params: SourceParams) -> tuple[list[str], list[str], list[str]]:
    """Texts, digests of attachments, and ids of mails within, in order."""
    texts: list[str] = []
    digests: list[str] = []
    inner: list[str] = []
    for count, part in enumerate(message.walk()):
        if count > params.max_mail_parts:
            raise OddMail(f"the e-mail has more than {params.max_mail_parts:,} parts")
        kind = part.get_content_type()
        if part is not message:
            inner += _ids(part, "Message-ID")
        if part.is_multipart():
            continue
        is_file = part.get_content_disposition() == "attachment" or part.get_filename()
        if kind in ("text/plain", "text/html") and not is_file:
            text = _text(part)
            # Of a text given twice, the plain one comes first.
            if kind == "text/plain" or not texts:
                texts.append(_without_marks(text) if kind == "text/html" else text)
        else:
            digests.append(hashlib.sha256(_bytes(part)).hexdigest())
    return texts, digests, inner


def _bytes(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _text(part: Message) -> str:
    data = _bytes(part)
    charset = part.get_content_charset() or "utf-8"
    with suppress(LookupError, ValueError):
        return data.decode(charset, "replace")
    return data.decode("utf-8", "replace")


def _header(message: Message, name: str) -> str:
    value = message.get(name)
    if value is None:
        return ""
    plain = " ".join(str(value).split())
    with suppress(*_PARSER_ERRORS):
        return " ".join(str(make_header(decode_header(plain))).split())
    return plain


def _ids(message: Message, name: str) -> list[str]:
    return [one for value in message.get_all(name, []) for one in _IDS.findall(str(value))]


def _received(message: Message) -> str:
    """When our own server took it in: it wrote the topmost line; else what the sender says."""
    stamps = [str(value).rpartition(";")[2] for value in message.get_all("Received", [])[:1]]
    for stamp in (*stamps, str(message.get("Date", ""))):
        with suppress(ValueError, TypeError, OverflowError, IndexError):
            when: datetime = parsedate_to_datetime(stamp.strip())
            whole = when if when.tzinfo else when.replace(tzinfo=UTC)
            return whole.astimezone(UTC).isoformat()
    return ""


def _unicode(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


class _Words(HTMLParser):
    """Collects the words of an HTML text; scripts and styles are none."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style"):
            self._unread += 1
        elif tag in ("p", "br", "div", "tr", "li"):
            self.words.append("\n")
        # Where a link leads may be all that the report says.
        for name, value in attrs if tag == "a" else ():
            if name == "href" and value and value.startswith(("http", "mailto:")):
                self.words.append(f" {value.removeprefix('mailto:')} ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._unread = max(0, self._unread - 1)

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.words.append(data)


def _without_marks(text: str) -> str:
    words = _Words()
    try:
        words.feed(text)
        words.close()
    except (AssertionError, ValueError):
        # The parser gives up on marks that no one defined, as word processors write them.
        return html.unescape(_ANY_MARK.sub(" ", text))
    return "".join(words.words)
