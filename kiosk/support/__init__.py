"""What somebody needs who helps a kiosk from outside, on its machine or far from it: commands that look into
what it has written and make files of it for support. They work while the kiosk runs, and on what is left of
a disk when it does not. Nothing that they show or write names a patron.
"""
