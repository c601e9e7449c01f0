#!/usr/lib/kiosk/bin/python3 -I
"""The command `kiosk`, in its own environment and deaf to what surrounds it (-I)."""

import sys

from kiosk.cli import main

sys.exit(main())
