"""The hot loop in C: optional, built by `make fast`, loaded only where it is whole and of this very version."""
