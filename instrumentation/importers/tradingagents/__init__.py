"""Runs of TradingAgents, a trading-research hierarchy of five stages that leaves a report per agent and no trace.

Two layouts of its folders are read; the spans that a tracer would have recorded are synthesised from the reports.
"""

from tierscope.instrumentation.importers.tradingagents.log_folder import LOG_FOLDER
from tierscope.instrumentation.importers.tradingagents.stage_folder import STAGE_FOLDER

__all__ = ["LOG_FOLDER", "STAGE_FOLDER"]
