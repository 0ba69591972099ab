"""Shows where a multi-tier agent system loses time, money and information.

Import what you need from the subpackages: ``tierscope.orchestrator`` runs a hierarchy, ``tierscope.instrumentation``
records any, ``tierscope.metrics`` measures what was recorded, ``tierscope.evals`` gates it, ``tierscope.dashboard``
shows it.
"""

__all__ = ["__version__"]

__version__ = "0.1.0"
