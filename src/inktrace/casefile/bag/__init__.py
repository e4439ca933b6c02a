"""The package as a bag: written, signed, time-stamped, zipped, and read back with suspicion.

write         a folder becomes a BagIt bag        contents   is it complete and unaltered?
keys, sshsig  Ed25519 in OpenSSH's formats        signing    the statement and who signed it
timestamp     RFC 3161 requests and tokens        zip_write, zip_read  one file out of a folder
checks        what else is checked of an intact package; others add to it
"""

import logging

# The library bagit tells the screen of each file; we say what matters ourselves.
logging.getLogger("bagit").addHandler(logging.NullHandler())
