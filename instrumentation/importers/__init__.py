"""Files and folders into the store: which format each is, and what spans it holds or can be made of.

One module per format, listed in ``sources``; the formats and what is derived from each are described in docs/import.md.
"""

from tierscope.instrumentation.importers.format import Format
from tierscope.instrumentation.importers.importing import ImportReport, import_paths, load_path
from tierscope.instrumentation.importers.sources import SkippedPath

__all__ = ["Format", "ImportReport", "SkippedPath", "import_paths", "load_path"]
