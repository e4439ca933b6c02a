"""A time-stamp authority for tests: a root, a certificate and `openssl ts`."""

from __future__ import annotations

import subprocess
from pathlib import Path

_SETTINGS = """
[req]
distinguished_name = name
x509_extensions = root
prompt = no
[name]
CN = Root for tests
[root]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[signer]
basicConstraints = CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[authority]
serial = serial
signer_cert = signer.pem
signer_key = signer.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
ess_cert_id_alg = sha256
[authority with its root]
certs = root.pem
serial = serial
signer_cert = signer.pem
signer_key = signer.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
"""
_NEW_KEY = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"


class Authority:
    """Answers time-stamp requests; `roots` is the PEM file of its root."""

    def __init__(self, folder: Path):
        """Make the keys and certificates in an empty folder."""
        self._folder = folder
        self.roots = folder / "root.pem"
        (folder / "settings").write_text(_SETTINGS)
        (folder / "serial").write_text("01")
        self._openssl(f"req -x509 {_NEW_KEY} -keyout root.key -out root.pem -config settings")
        self._openssl(f"req {_NEW_KEY} -keyout signer.key -out signer.csr -config settings")
        self._openssl(
            "x509 -req -in signer.csr -CA root.pem -CAkey root.key -set_serial 7 -days 3650 "
            "-extfile settings -extensions signer -out signer.pem"
        )

    def answer(self, request: Path, out: Path, *more: str) -> Path:
        """The answer to a request, written to `out`; `more` are further words of openssl."""
        self._openssl("ts -reply -config settings -section authority", "-queryfile", request,
                      "-out", out, *more)  # fmt: skip
        return out

    def stamped(self, message: Path, out: Path, *more: str) -> Path:
        """An answer to a request of our own making over a message."""
        request = self._folder / "request.tsq"
        self._openssl("ts -query -cert -sha256", "-data", message, "-out", request)
        return self.answer(request, out, *more)

    def verifies(self, message: Path, answer: Path) -> bool:
        """Whether stock openssl finds that the answer holds."""
        words = ("-data", message, "-in", answer, "-CAfile", self.roots)
        return b"Verification: OK" in self._openssl("ts -verify", *words)

    def _openssl(self, words: str, *more: str | Path) -> bytes:
        done = subprocess.run(
            ["openssl", *words.split(), *map(str, more)],
            cwd=self._folder,
            capture_output=True,
            check=True,
        )
        return done.stdout
