"""Who may ask what of whom: a table read by people, and the same table asked of every route."""
