"""The compiled hot loop: held equal to the reference, and thrown everything at."""
