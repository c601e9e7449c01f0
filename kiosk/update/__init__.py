"""The appliance's upkeep: `kiosk update`, `kiosk selftest` and `kiosk nightly`.

The root file system lies twice on the card, in slots A and B, and RAUC writes signed bundles to the one that
was not booted (`rauc`). What was written is tried at the next boots, and stays only when the kiosk has proved
there that it works (`selftest`); else the boot script goes back to the other slot by itself. docs/update.md
tells it to whoever runs a kiosk.

A machine that a library manages itself has no slots: there `kiosk update` says so, the self-test tests, and
confirms nothing.
"""
