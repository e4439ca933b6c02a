"""The one way in which templates become pages: text escaped, and a misspelt name an error."""

from __future__ import annotations

from collections.abc import Callable

import jinja2


def page_template(name: str, **filters: Callable[..., str]) -> jinja2.Template:
    """A template of this room, with the filters that it uses."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("inktrace.casefile"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(filters)
    return environment.get_template(name)
