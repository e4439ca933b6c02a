"""README.txt: how anyone checks a package, with tools that every system has."""

from __future__ import annotations

from typing import Final

from inktrace.casefile.bag.sshsig import NAMESPACE

_TEXT: Final = """\
CASE PACKAGE OF LEAD {lead_id}
{rule}

What this is
  A lead for a person to review, with the records that it rests on. It says how likely
  things are, and how often such findings are wrong. It is never a finding of fact.

  report.html    the report; open it in a browser
  report.pdf     the same, to print
  case.json      what the package is: of which lead, by which version, of which runs
  exhibits/      the rows that the report rests on, and the parameters
    chain/       raw transactions, with what ties each to its block's header
    statistics/  numbers of the background, for computing the figures anew
  exports/       the lead for other programs (CASE/UCO, STIX, FollowTheMoney, TagPack,
                 GraphML, CSV)

How to check that nothing was changed (no Inktrace needed)
  The package is a BagIt bag (RFC 8493). In the folder that holds bagit.txt:

    sha256sum -c manifest-sha256.txt
    sha256sum -c tagmanifest-sha256.txt

  Every line must end in OK. A file that no list names does not belong to the package.
  On a Mac, write "shasum -a 256" for "sha256sum".

How to check who signed it (where there is a folder signature/)
    sha256sum -c signature/files-sha256.txt
    ssh-keygen -Y check-novalidate -n {namespace} \\
      -s signature/statement.json.sig < signature/statement.json
    ssh-keygen -l -f signature/public-key.pub

  The second command says "Good" and the fingerprint of the key that signed. Anyone can
  make a key: ask the signer for their fingerprint by another way, by telephone or from
  a letterhead, and compare. Then compare what this prints with "tagmanifest_sha256" in
  signature/statement.json; they must be the same:

    sha256sum tagmanifest-sha256.txt

How to check the time-stamp (where there is a file signature/timestamp.tsr)
    openssl ts -verify -data signature/statement.json -in signature/timestamp.tsr \\
      -CAfile ROOTS.pem
    openssl ts -reply -in signature/timestamp.tsr -text

  ROOTS.pem holds the root certificates of the time-stamp authority. Take them from the
  authority itself, never from this package.

How to check that the transactions are in the block chain
  exhibits/chain/headers.txt holds the header of each block, to compare with those of any
  node (bitcoin-cli getblockheader HASH false). In transactions.jsonl, the raw bytes of a
  transaction hash to its txid, and its branch leads from there to the header.

With Inktrace, all of this is one command, and another computes the figures anew from the
exhibits alone:

    inktrace case verify FOLDER --key SIGNER.pub --roots ROOTS.pem --headers HEADERS.txt
    inktrace case replay FOLDER

What these checks do not show
  That the lead is right. They show that what you hold is what was handed over.
"""


def readme_text(lead_id: str) -> str:
    """The text of README.txt for the package of a lead."""
    rule = "=" * len(f"CASE PACKAGE OF LEAD {lead_id}")
    return _TEXT.format(lead_id=lead_id, rule=rule, namespace=NAMESPACE)
