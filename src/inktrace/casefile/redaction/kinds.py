"""The kinds of content that a package can hold. What is done to each, a profile says."""

from __future__ import annotations

from enum import Enum


class Kind(Enum):
    """A kind of content; its value names it to a reader."""

    PUBLIC = "figures, methods, run records and words of this program"
    PERSON = "names of people advertised"
    AGE = "ages of people advertised"
    PHOTO = "hashes of photos"
    TEXT = "texts of ads"
    QUOTE = "wording quoted from ads"
    TEXT_DIGEST = "digests of the original texts"
    CONTACT = "phone numbers, e-mail addresses, handles and links"
    NOTE = "reasons that reviewers wrote"
    SENTENCE = "sentences of findings, and sections of sites"
    REVIEWER = "names of reviewers"
    AD = "ids of ads"
    GROUP = "ids of the lead, of groups of ads and of their texts"
    SITE = "names of sites"
    CITY = "cities"
    POINT = "coordinates"
    REGION = "regions and countries"
    TIME = "times"
    AMOUNT = "amounts of bitcoin"
    DELAY = "delays between payments and ads"
    ADDRESS = "bitcoin addresses"
    TXID = "transaction ids"
    BLOCK = "block heights"
    WALLET = "wallet numbers"
    INTERNAL = "row numbers of the workspace"
    SERVICE = "names of exchanges, processors and other services"
    TAG = "tags of addresses and who gave them"
    OBSERVER = "names of observers of the network"
    PATH = "paths of source files"
    FILE_DIGEST = "digests of source files"
    SOURCE_ROW = "row numbers within source files"
    SETTINGS = "settings with which files were read"


class Mixed(Enum):
    """A column whose kind is told by its row, or by what is inside the value."""

    EVIDENCE = "the words behind an indicator: a name, a number, a place …, as its topic says"
    HUB = "a value that many share: a picture, a text, a wallet or a contact, as its kind says"
    LAW = "a learned law as JSON: figures, and the numbers of the wallets that receive"
    FEATURES = "which words two texts have in common, and habits as figures"
