"""Who may send spans to a server and who may look at its dashboard: tokens, kept beside the store as hashes."""

from tierscope.instrumentation.access.doorkeeper import Doorkeeper, Verdict
from tierscope.instrumentation.access.token_book import TokenBook
from tierscope.instrumentation.access.tokens import AccessToken, Scope

__all__ = ["AccessToken", "Doorkeeper", "Scope", "TokenBook", "Verdict"]
