"""Tags and cluster ids of chosen addresses, asked of a GraphSense service when told to.

Whoever runs the service learns which addresses are asked for; a case may be given away by
that. What it answers is what others say, not a fact, and joins no wallets here.

References: GraphSense REST API (OpenAPI), operations list_tags_by_address and get_address.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

import pyarrow as pa

from inktrace.engine import Engine
from inktrace.errors import NodeError, UsageError
from inktrace.params import NodeParams, SourceParams
from inktrace.progress import Progress, silent
from inktrace.sources.intake import Added, Intake, fetched
from inktrace.sources.networks import stored_network
from inktrace.sources.node_http import HttpService, is_loopback, read_json, service_address
from inktrace.sources.repeats import settle_repeats

__all__ = ["GraphSense", "add_graphsense", "addresses_of_wallets", "open_graphsense"]

_PAGE_TAGS: Final = 100
_MOST_PAGES: Final = 1000
_LONGEST_TEXT: Final = 1000
_LONGEST_ADDRESS: Final = 100
_TOO_MANY: Final = 429
_PAUSES_S: Final = (1.0, 2.0, 5.0, 10.0)
_CONTENT: Final = ("address", "label", "actor", "category", "confidence", "tagpack", "tag_source")


@dataclass
class GraphSense:
    """A GraphSense service; made by `open_graphsense`, use in a `with` block."""

    service: HttpService

    @property
    def where(self) -> str:
        """Its URL, without the key."""
        return str(self.service.address)

    def asked(self, path: str) -> Any:
        """The JSON document at a path; none where the service knows nothing of it.

        Raises NodeError where the key is refused, or no GraphSense answers there.
        """
        for pause_s in (*_PAUSES_S, None):
            answer = self.service.get(path)
            if answer.status != _TOO_MANY or pause_s is None:
                break
            time.sleep(pause_s)
        if answer.status in (401, 403):
            raise NodeError("the service refuses the key", where=self.where, do="check the key")
        if answer.status == _TOO_MANY:
            raise NodeError(
                "the service answers no more for now", where=self.where, do="go on later"
            )
        found = read_json(answer, self.service.address)
        if answer.status == 404:
            return None
        if answer.status != 200 or not isinstance(found, dict):
            raise NodeError(f"the service cannot answer (status {answer.status})", where=self.where)
        return found

    def __enter__(self) -> GraphSense:
        return self

    def __exit__(self, *_: object) -> None:
        self.service.close()


def open_graphsense(
    url: str, key: str | None, params: NodeParams, *, remote: bool = False
) -> GraphSense:
    """Prepare to ask a service; nothing is sent yet.

    Raises UsageError for a URL that is not allowed: another machine without `remote`, or one
    without encryption, which would show key and addresses to everybody on the way.
    """
    address = service_address(url, remote=remote)
    if address.scheme != "https" and not is_loopback(address.host):
        raise UsageError(
            "without encryption, key and addresses are shown to everybody on the way",
            where=str(address),
            do="give an https URL",
        )
    headers = {"Authorization": key} if key else {}
    return GraphSense(
        HttpService(address, params.timeout_s, params.max_answer_bytes, lambda: dict(headers))
    )


def addresses_of_wallets(engine: Engine, wallet_ids: Sequence[int]) -> list[str]:
    """The addresses of some wallets. Raises UsageError for a wallet that does not exist."""
    found: list[str] = []
    for wallet_id in wallet_ids:
        rows = engine.rows(
            "SELECT s.address FROM wallets AS w JOIN scripts AS s USING (script_id) "
            "WHERE w.wallet_id = ? ORDER BY s.script_id",
            [wallet_id],
        )
        if not rows:
            raise UsageError(f"there is no wallet {wallet_id}", do="see: inktrace show wallets")
        found += [row[0] for row in rows if row[0] is not None]
    return found


def add_graphsense(
    engine: Engine,
    graphsense: GraphSense,
    addresses: Sequence[str],
    params: SourceParams,
    progress: Progress = silent,
) -> Added:
    """Store what the service says of some addresses: tags, and the id of their cluster there.

    Tags go to `tags`, cluster ids to `outside_clusters`; all of one call or nothing. The same
    statement twice counts once.

    Raises UsageError for no or odd addresses and for a workspace that is not of mainnet,
    NodeError where the service does not answer as one.
    """
    wanted = list(dict.fromkeys(addresses))
    _check(engine, wanted)
    answers: list[bytes] = []
    heard = _Heard()
    for number, address in enumerate(wanted):
        progress("asking GraphSense", number, len(wanted))
        heard.begin(address)
        for found in _answers(graphsense, address):
            answers.append(json.dumps(found, sort_keys=True).encode())
            heard.take(found)
    progress("asking GraphSense", len(wanted), len(wanted))
    manner = {"addresses": len(wanted), "interface": "GraphSense REST"}
    with fetched(engine, "tags", graphsense.where, params, manner, answers) as file:
        heard.store(file)
        return file.added()


def _check(engine: Engine, addresses: list[str]) -> None:
    if not addresses:
        raise UsageError("no address is asked for", do="name some with --address or --wallet")
    for address in addresses:
        if not address.isalnum() or not address.isascii() or len(address) > _LONGEST_ADDRESS:
            raise UsageError(f"{address[:60]!r} is no Bitcoin address")
    network = stored_network(engine)
    if network is not None and network.name != "mainnet":
        raise UsageError(
            f"this workspace is of {network.name}", do="GraphSense knows mainnet addresses only"
        )


def _answers(graphsense: GraphSense, address: str) -> Iterator[dict[str, Any]]:
    """The answers on one address: itself, with its cluster, and its tags page by page."""
    path = f"/btc/addresses/{quote(address, safe='')}"
    itself = graphsense.asked(path)
    if itself is None:
        return
    yield itself
    page = ""
    for _ in range(_MOST_PAGES):
        tags = graphsense.asked(f"{path}/tags?pagesize={_PAGE_TAGS}{page}")
        if tags is None:
            return
        yield tags
        following = tags.get("next_page")
        if not isinstance(following, str) or not following:
            return
        page = f"&page={quote(following, safe='')}"


@dataclass
class _Heard:
    """What was heard, as columns; odd tags apart, with the reason."""

    address: str = ""
    tags: list[dict[str, Any]] = field(default_factory=list)
    clusters: list[dict[str, Any]] = field(default_factory=list)
    odd: list[tuple[int, str, str]] = field(default_factory=list)
    row: int = 0

    def begin(self, address: str) -> None:
        self.address = address

    def take(self, answer: dict[str, Any]) -> None:
        cluster = answer.get("cluster", answer.get("entity"))
        if isinstance(cluster, int) and not isinstance(cluster, bool):
            self.clusters.append({"address": self.address, "cluster": str(cluster)})
        listed = answer.get("address_tags")
        for tag in listed if isinstance(listed, list) else ():
            self.row += 1
            self._take_tag(tag)

    def _take_tag(self, tag: Any) -> None:
        texts = {name: tag.get(name) for name in _TEXTS} if isinstance(tag, dict) else {}
        if not texts or not isinstance(texts["label"], str) or not texts["label"].strip():
            self.odd.append((self.row, "a tag without a label", json.dumps(tag)))
            return
        if any(not isinstance(text, str) for text in texts.values() if text is not None):
            self.odd.append((self.row, "a field of this tag is no text", json.dumps(tag)))
            return
        kept = {name: text[:_LONGEST_TEXT] if text else None for name, text in texts.items()}
        # The service also gives tags of other addresses of the cluster; each says whose it is.
        owner = kept.pop("address") or self.address
        abuse = kept.pop("abuse")
        category = kept.pop("category") or abuse
        columns = {"tagpack": kept.pop("tagpack_title"), "tag_source": kept.pop("source")}
        self.tags.append(
            {"address": owner, "category": category, "row": self.row, **columns, **kept}
        )

    def store(self, file: Intake) -> None:
        """Put everything into the tables of one intake."""
        for row, reason, raw in self.odd:
            file.reject(row, None, reason, raw)
        names = [*_CONTENT, "row"]
        types = [pa.string()] * len(_CONTENT) + [pa.int64()]
        columns = [
            pa.array([tag[name] for tag in self.tags], kind)
            for name, kind in zip(names, types, strict=True)
        ]
        file.store("tags", pa.table(columns, names))
        settle_repeats(file, "tags", _CONTENT)
        schema = pa.schema([("address", pa.string()), ("cluster", pa.string())])
        clusters = pa.Table.from_pylist(self.clusters, schema)
        with file.engine.view("heard_clusters", clusters) as view:
            file.engine.execute(
                f"INSERT INTO outside_clusters SELECT address, cluster, ?, ? FROM {view} "
                "ANTI JOIN (SELECT address, cluster FROM outside_clusters WHERE service = ?) "
                "USING (address, cluster)",
                [file.name, file.file_id, file.name],
            )


_TEXTS: Final = (
    "address",
    "label",
    "actor",
    "category",
    "abuse",
    "confidence",
    "tagpack_title",
    "source",
)
