"""A self-checkout kiosk for libraries.

Each room of the house is a package of its own; `docs/architecture.md` draws
who may call whom.
"""
