"""The set-wise part is one set of expressions: compiled for Spark, and run there where it is."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ibis.config import Config

from inktrace.engine import Engine
from inktrace.identities import uses
from inktrace.schema import TABLES
from tests.identities.cases import Case

GOLDEN = Path(__file__).parent / "spark.sql"
READS = ("ads", "texts", "identifiers", "author_pairs", "attributions", "attribution_links",
         "authors", "image_hashes", "shared_images")  # fmt: skip
HAS_SPARK = importlib.util.find_spec("pyspark") is not None and shutil.which("java") is not None


class SparkOptions(Config):
    """What the dialect asks for."""

    treat_nan_as_null: bool = False


def expressions(tables):
    """Every expression of the stage over tables by name."""
    authors = tables["authors"].select("ad_id", "author_id")
    shown = uses.ad_uses(tables, 0.05)
    spreads = uses.spread(shown, authors, 0.1)
    hub_values = uses.hubs(spreads, 4)
    parts = tables["authors"].select("ad_id", part=tables["authors"].log10_lr.cast("int64"))
    used = uses.part_uses(shown, hub_values, parts, tables["ads"])
    sizes = parts.group_by("part").aggregate(ads=parts.count()).mutate(author=ibis.literal(1))
    return {
        "uses": shown,
        "spread": spreads,
        "hubs": hub_values,
        "ties": uses.ties(shown, hub_values),
        "part_uses": used,
        "value_pairs": uses.value_pairs(used),
        "author_part_pairs": uses.author_part_pairs(sizes),
        "style_pairs": uses.style_pairs(tables["author_pairs"], parts),
    }


def unbound():
    return {
        name: ibis.table(ibis.Schema.from_pyarrow(TABLES[name].arrow_schema()), name=name)
        for name in READS
    }


def case_tables():
    """A small case, with numbered parts where a log10_lr would stand, all columns filled up."""
    case = Case()
    one, other = case.ads("one", phone="+1", image="ab" * 32), case.ads("other", phone="+1")
    case.alike(one, other, 1.25)
    case.paid(one, 7)
    case.ads("third", image="ac" * 32)
    case.near("ab" * 32, "ac" * 32)
    for number, row in enumerate(case.tables["authors"]):
        row["log10_lr"] = float(number // 3)
    return {name: pa.Table.from_pylist(case.tables[name], schema=_nullable(name)) for name in READS}


def _nullable(name):
    return pa.schema([field.with_nullable(True) for field in TABLES[name].arrow_schema()])


def rows_of(table):
    return sorted(map(tuple, (row.values() for row in table.to_pylist())), key=repr)


def test_expressions_compile_for_spark_as_they_did(monkeypatch):
    # The options of a dialect come with its backend, which this does not need.
    monkeypatch.setattr(ibis.options, "pyspark", SparkOptions())
    found = "\n\n".join(
        f"-- {name}\n{ibis.to_sql(expression, dialect='pyspark')}"
        for name, expression in expressions(unbound()).items()
    )
    assert found + "\n" == GOLDEN.read_text()


@pytest.mark.skipif(not HAS_SPARK, reason="pyspark and java are not here")
@pytest.mark.filterwarnings("ignore")
def test_spark_gives_the_rows_of_the_embedded_engine(tmp_path):
    from pyspark.sql import SparkSession

    tables = case_tables()
    with Engine.in_memory(tables) as engine:
        relations = engine.relations()
        here = {
            name: rows_of(relations.collect(one)) for name, one in expressions(relations).items()
        }
    settings = {"spark.sql.session.timeZone": "UTC", "spark.sql.shuffle.partitions": "1",
                "spark.ui.enabled": "false"}  # fmt: skip
    builder = SparkSession.builder.master("local[1]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    try:
        spark = ibis.pyspark.connect(session)
        given = {name: _read(spark, name, rows, tmp_path) for name, rows in tables.items()}
        there = {name: rows_of(spark.to_pyarrow(one)) for name, one in expressions(given).items()}
    finally:
        session.stop()
    assert there == here


def _read(spark, name, rows, folder):
    """A table by way of a file: by way of data frames an unknown text would become "nan"."""
    pq.write_table(rows, folder / f"{name}.parquet")
    return spark.read_parquet(folder / f"{name}.parquet")
