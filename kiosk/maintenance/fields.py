"""Which settings can be edited on the maintenance screen, and which of them are special."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kiosk.maintenance.views import Page

FIELDS: Mapping[Page, tuple[str, ...]] = MappingProxyType(
    {
        Page.ILS: (
            "ils.host",
            "ils.port",
            "ils.tls",
            "ils.profile",
            "ils.login_user",
            "ils.login_password",
            "ils.institution",
            "ils.tls_name",
            "ils.tls_ca",
            "ils.tls_fingerprint",
            "ils.tls_certificate",
            "ils.tls_key",
        ),
        Page.SETTINGS: (
            "policy.languages",
            "library.name",
            "policy.receipt",
            "policy.mode",
            "staff.kiosk_name",
        ),
    }
)
"""The settings that can be edited here, by page. `policy.languages` is a choice of the first of them."""

PROFILE = "ils.profile"
"""The setting that names an ILS profile."""

TLS = "ils.tls"
"""The setting that says whether the ILS is spoken to through TLS; those of `TLS_DETAILS` matter only then."""

TLS_DETAILS = frozenset(name for name in FIELDS[Page.ILS] if name.startswith(f"{TLS}_"))
