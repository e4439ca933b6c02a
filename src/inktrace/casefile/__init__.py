"""From a lead to a package that a third party can check.

Nothing is imported here: a listing should not load what builds and checks packages.
"""
