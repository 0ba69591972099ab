"""Files and folders into the store: which format each is, and what spans it holds or can be made of.

One module per format, listed in ``sources``; the formats and what is derived from each are described in docs/import.md.
The names are loaded when they are first asked for: reading a file into memory needs no store.
"""

from typing import TYPE_CHECKING

from tierscope.lazy import names_from

if TYPE_CHECKING:
    from tierscope.instrumentation.importers.format import Format
    from tierscope.instrumentation.importers.importing import ImportReport, import_paths
    from tierscope.instrumentation.importers.sources import SkippedPath, load_path

__all__ = ["Format", "ImportReport", "SkippedPath", "import_paths", "load_path"]

__getattr__ = names_from(
    __name__,
    {
        "Format": "format",
        "ImportReport": "importing",
        "SkippedPath": "sources",
        "import_paths": "importing",
        "load_path": "sources",
    },
)
