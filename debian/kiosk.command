#!/bin/sh
# In its own environment, and deaf to what surrounds it (-I).
exec /usr/lib/kiosk/bin/python3 -I -m kiosk "$@"
