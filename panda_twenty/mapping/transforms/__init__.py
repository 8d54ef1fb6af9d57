"""How source values become what Twenty's API takes. ``registry`` has every transform by name."""
