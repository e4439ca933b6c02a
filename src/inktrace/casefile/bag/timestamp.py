"""A third party's word that a signed package existed at a time: RFC 3161 tokens, from files.

Nobody is contacted: the request goes out and the answer comes back by the user's own hands.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import rfc3161_client as rfc3161
from cryptography import x509

from inktrace.casefile.bag.findings import Finding, Unusable, shown
from inktrace.casefile.bag.layout import MOST_SMALL_BYTES, SIGNATURE_SUMS, SIGNED_FILES, TIMESTAMP
from inktrace.casefile.bag.reading import bounded_bytes, given_bytes
from inktrace.casefile.bag.signing import signature_sums, statement_bytes
from inktrace.casefile.bag.token_der import as_response, with_sorted_certificates
from inktrace.errors import InputError
from inktrace.whole_file import whole_file

_PART: Final = "time-stamp"
_WHAT: Final = "an RFC 3161 time-stamp response or token in DER"
_HASHES: Final = {
    "2.16.840.1.101.3.4.2.1": hashlib.sha256,
    "2.16.840.1.101.3.4.2.2": hashlib.sha384,
    "2.16.840.1.101.3.4.2.3": hashlib.sha512,
}
_MOST_ROOTS_BYTES: Final = 4 * 2**20


def write_request(directory: Path, out: Path) -> None:
    """Write a time-stamp request over the signed statement.

    It asks for the authority's certificate and has no nonce: the same package gives the same
    request, and the statement is one of its kind already. Raises InputError for a package that
    is not signed.
    """
    request = (
        rfc3161.TimestampRequestBuilder()
        .data(_statement(directory))
        .hash_algorithm(rfc3161.HashAlgorithm.SHA256)
        .nonce(nonce=False)
        .cert_request(cert_request=True)
        .build()
    )
    with whole_file(out, "the time-stamp request") as partial:
        partial.write_bytes(request.as_bytes())


def attach_token(directory: Path, token: Path, roots: list[x509.Certificate]) -> list[Finding]:
    """Put a token beside the statement it is of, after checking it as `token_findings` does.

    Raises InputError for a file that is no token, one of something else, or a second one.
    """
    statement = _statement(directory)
    if (directory / TIMESTAMP).exists():
        raise InputError(
            "this package has a time-stamp already", where=directory / TIMESTAMP, do="keep that one"
        )
    content = as_response(given_bytes(token, _WHAT, MOST_SMALL_BYTES))
    findings = _findings(content, statement, roots)
    for finding in findings:
        if finding.holds is False:
            raise InputError(finding.sentence.rstrip("."), where=token, do="nothing was attached")
    with whole_file(directory / TIMESTAMP, "the time-stamp") as partial:
        partial.write_bytes(content)
    try:
        with whole_file(directory / SIGNATURE_SUMS, "the list of files") as partial:
            partial.write_bytes(signature_sums(directory, (*SIGNED_FILES, TIMESTAMP)))
    except BaseException:
        # One that the list does not name would look like a file that someone added.
        (directory / TIMESTAMP).unlink()
        raise
    return findings


def token_findings(directory: Path, roots: list[x509.Certificate]) -> list[Finding]:
    """Whether a package's token is of its statement, and whether its chain leads to the roots."""
    if not (directory / TIMESTAMP).is_symlink() and not (directory / TIMESTAMP).exists():
        sentence = (
            "No third party's time-stamp is attached: the time of signing is the signer's word."
        )
        return [Finding(TIMESTAMP, None, sentence, _PART)]
    try:
        content = bounded_bytes(directory / TIMESTAMP, TIMESTAMP, MOST_SMALL_BYTES)
        return _findings(content, statement_bytes(directory), roots)
    except Unusable as unusable:
        return [Finding(TIMESTAMP, False, str(unusable), _PART)]


def read_roots(path: Path) -> list[x509.Certificate]:
    """Certificates of authorities that the reader trusts, from a PEM file. Raises InputError."""
    what = "a PEM file of root certificates"
    content = given_bytes(path, what, _MOST_ROOTS_BYTES)
    try:
        return x509.load_pem_x509_certificates(content)
    except ValueError as error:
        raise InputError(f"this is not {what}", where=path, do=f"name {what}") from error


def _statement(directory: Path) -> bytes:
    try:
        return statement_bytes(directory)
    except Unusable as unusable:
        raise InputError(
            "this package is not signed; a time-stamp is of the signed statement",
            where=directory,
            do="sign it first: inktrace case sign DIR --key KEY",
        ) from unusable


def _findings(content: bytes, statement: bytes, roots: list[x509.Certificate]) -> list[Finding]:
    try:
        response = rfc3161.decode_timestamp_response(with_sorted_certificates(content))
        info = response.tst_info
        made, imprint = info.gen_time, info.message_imprint
        hash_of = _HASHES.get(imprint.hash_algorithm.dotted_string)
    except (ValueError, OverflowError) as error:
        sentence = f"The time-stamp is not {_WHAT}: {shown(str(error))}."
        return [Finding(TIMESTAMP, False, sentence, _PART)]
    if hash_of is None or imprint.message != hash_of(statement).digest():
        sentence = "The time-stamp is of something else than this package's signed statement."
        return [Finding(TIMESTAMP, False, sentence, _PART)]
    when = made.strftime("%Y-%m-%dT%H:%M:%SZ")
    sentence = f"The time-stamp is of this package's signed statement, and says {when}."
    return [Finding(TIMESTAMP, True, sentence, _PART), _chain(response, statement, roots)]


def _chain(
    response: rfc3161.TimeStampResponse, statement: bytes, roots: list[x509.Certificate]
) -> Finding:
    name = "time-stamp authority"
    if not roots:
        sentence = (
            "Only what the time-stamp is of was checked. Whether an authority really issued it was "
            "NOT checked: give the authority's root certificates with --roots."
        )
        return Finding(name, None, sentence, _PART)
    try:
        rfc3161.VerifierBuilder(roots=roots).build().verify_message(response, statement)
    except (rfc3161.VerificationError, ValueError) as error:
        sentence = f"The time-stamp's own signature does not hold: {shown(str(error))}."
        return Finding(name, False, sentence, _PART)
    sentence = "The time-stamp's own signature holds, and leads to one of the roots you gave."
    return Finding(name, True, sentence, _PART)
