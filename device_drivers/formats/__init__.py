"""The texts devices print and take, one kind per file; pure. Several platforms share them."""
