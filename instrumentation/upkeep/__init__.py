"""Looking after a store: what goes out of it, what is deleted from it, and why nothing comes in.

Long work reads in pages, each a short session, and computes in between, so that pages and commands stay fast meanwhile.
"""

from typing import TYPE_CHECKING

from tierscope.lazy import names_from

if TYPE_CHECKING:
    from tierscope.instrumentation.upkeep.compaction import compact
    from tierscope.instrumentation.upkeep.copying import copy_store, merge_store
    from tierscope.instrumentation.upkeep.diagnosis import diagnose
    from tierscope.instrumentation.upkeep.otlp_export import export_otlp
    from tierscope.instrumentation.upkeep.parquet_export import export_parquet
    from tierscope.instrumentation.upkeep.pruning import PruneSelection, prune, select_doomed
    from tierscope.instrumentation.upkeep.subjects import Subject, parse_subject

__all__ = [
    "PruneSelection",
    "Subject",
    "compact",
    "copy_store",
    "diagnose",
    "export_otlp",
    "export_parquet",
    "merge_store",
    "parse_subject",
    "prune",
    "select_doomed",
]

__getattr__ = names_from(
    __name__,
    {
        "PruneSelection": "pruning",
        "Subject": "subjects",
        "compact": "compaction",
        "copy_store": "copying",
        "diagnose": "diagnosis",
        "export_otlp": "otlp_export",
        "export_parquet": "parquet_export",
        "merge_store": "copying",
        "parse_subject": "subjects",
        "prune": "pruning",
        "select_doomed": "pruning",
    },
)
