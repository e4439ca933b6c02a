"""`inktrace keys`: make the key that signs case packages, and show its fingerprint."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from inktrace.cli.options import JsonOption, print_json
from inktrace.cli.passphrases import PassphraseOption, new_passphrase
from inktrace.errors import UsageError

app = typer.Typer(help="Make and show the keys that sign case packages.", no_args_is_help=True)


@app.command()
def new(
    out: Annotated[Path, typer.Option(help="The private key to make.", show_default=False)],
    passphrase_file: PassphraseOption = None,
    no_passphrase: Annotated[
        bool, typer.Option("--no-passphrase", help="Leave the private key unprotected on disk.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make an Ed25519 key in OpenSSH's format, protected by a passphrase; KEY.pub goes beside it.

    Example: inktrace keys new --out officer.key
    """
    from inktrace.casefile.bag.keys import new_key

    if no_passphrase and passphrase_file is not None:
        raise UsageError("--no-passphrase and --passphrase-file exclude each other")
    passphrase = None if no_passphrase else new_passphrase(passphrase_file)
    public = new_key(out, passphrase)
    if as_json:
        print_json({"key": str(out), "public_key": f"{out}.pub", "fingerprint": public.fingerprint})
        return
    print(f"Made {out} (keep it secret) and {out}.pub (give it to whoever checks your packages).")
    print(f"Its fingerprint, to be told by another way than the packages: {public.fingerprint}")


@app.command()
def show(
    public_key: Annotated[Path, typer.Argument(help="A public key, KEY.pub.", show_default=False)],
    as_json: JsonOption = False,
) -> None:
    """Print the fingerprint of a public key, as `ssh-keygen -l` does.

    Example: inktrace keys show officer.key.pub
    """
    from inktrace.casefile.bag.keys import read_public_key

    fingerprint = read_public_key(public_key).fingerprint
    if as_json:
        print_json({"public_key": str(public_key), "fingerprint": fingerprint})
    else:
        print(fingerprint)
