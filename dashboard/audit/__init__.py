"""Audit reports: a folder with one report by tier, the frames behind it, and a manifest that shows any change."""

from tierscope.dashboard.audit.bundle import Bundle, export_bundle
from tierscope.dashboard.audit.manifest import BundleFile, Manifest
from tierscope.dashboard.audit.signing import load_private_key, load_public_key
from tierscope.dashboard.audit.verifying import Verification, verify_bundle

__all__ = [
    "Bundle",
    "BundleFile",
    "Manifest",
    "Verification",
    "export_bundle",
    "load_private_key",
    "load_public_key",
    "verify_bundle",
]
