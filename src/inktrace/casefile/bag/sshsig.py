"""Signatures that stock OpenSSH can check: the format SSHSIG, for Ed25519 keys only.

Reference: OpenSSH, PROTOCOL.sshsig (version 1). Signing is `ssh-keygen -Y sign`, checking is
`ssh-keygen -Y check-novalidate`, both with the namespace below.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from inktrace.casefile.bag.findings import Unusable
from inktrace.casefile.bag.keys import KEY_TYPE, PublicKey, key_of_blob, public_of, ssh_string

NAMESPACE: Final = "inktrace-case"
_MAGIC: Final = b"SSHSIG"
_VERSION: Final = (1).to_bytes(4, "big")
_BEGIN: Final = "-----BEGIN SSH SIGNATURE-----\n"
_END: Final = "-----END SSH SIGNATURE-----\n"
_COLUMNS: Final = 70
_HASHES: Final = {b"sha512": hashlib.sha512, b"sha256": hashlib.sha256}


def signature_of(message: bytes, key: Ed25519PrivateKey) -> bytes:
    """The signature file of a message."""
    signature = key.sign(_signed_bytes(message, b"sha512"))
    return _armoured(_blob(public_of(key), b"sha512", signature))


def signer_of(message: bytes, signature_file: bytes) -> PublicKey:
    """The key that signed this message. Raises Unusable unless the signature holds.

    Read strictly: the file must be, byte for byte, what OpenSSH would have written.
    """
    parsed = _parsed(signature_file)
    signed = _signed_bytes(message, parsed.hash_name)
    try:
        parsed.key.loaded().verify(parsed.signature, signed)
    except (InvalidSignature, ValueError) as error:
        raise Unusable("the signature is not one of this statement by its key") from error
    return parsed.key


@dataclass(frozen=True)
class _Parsed:
    key: PublicKey
    hash_name: bytes
    signature: bytes


def _signed_bytes(message: bytes, hash_name: bytes) -> bytes:
    digest = _HASHES[hash_name](message).digest()
    fields = (NAMESPACE.encode("ascii"), b"", hash_name, digest)
    return _MAGIC + b"".join(map(ssh_string, fields))


def _blob(key: PublicKey, hash_name: bytes, signature: bytes) -> bytes:
    inner = ssh_string(KEY_TYPE.encode("ascii")) + ssh_string(signature)
    fields = (key.blob, NAMESPACE.encode("ascii"), b"", hash_name, inner)
    return _MAGIC + _VERSION + b"".join(map(ssh_string, fields))


def _armoured(blob: bytes) -> bytes:
    text = base64.b64encode(blob).decode("ascii")
    lines = [text[at : at + _COLUMNS] + "\n" for at in range(0, len(text), _COLUMNS)]
    return (_BEGIN + "".join(lines) + _END).encode("ascii")


def _parsed(signature_file: bytes) -> _Parsed:
    body = signature_file.removeprefix(_BEGIN.encode()).removesuffix(_END.encode())
    try:
        blob = base64.b64decode(body.replace(b"\n", b""), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unusable("it is no signature in OpenSSH's format") from error
    fields = _strings(blob.removeprefix(_MAGIC + _VERSION), 5)
    key = key_of_blob(fields[0])
    if key is None:
        raise Unusable("it was made with a key that is not Ed25519")
    if fields[1] != NAMESPACE.encode("ascii"):
        raise Unusable(f"it was made for another purpose than {NAMESPACE}")
    if fields[3] not in _HASHES:
        raise Unusable("it rests on a hash that OpenSSH does not use")
    signature = _strings(fields[4], 2)[1]
    if _armoured(_blob(key, fields[3], signature)) != signature_file:
        raise Unusable("it is not as OpenSSH writes a signature")
    return _Parsed(key, fields[3], signature)


def _strings(content: bytes, count: int) -> list[bytes]:
    """The SSH strings in these bytes, which must be exactly `count`."""
    found = []
    while content:
        size = int.from_bytes(content[:4], "big")
        if len(content) < 4 + size:
            break
        found.append(content[4 : 4 + size])
        content = content[4 + size :]
    if content or len(found) != count:
        raise Unusable("it is no signature in OpenSSH's format")
    return found
