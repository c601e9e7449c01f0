"""The parts that screens are made of: header, bar, buttons, rows, books, scenes. Each is a function
that draws one thing on a `Stage` and adds its controls."""
