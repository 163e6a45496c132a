"""What every simulated command line has in common: a dialect is a value of tables on top of this.

A module in `dialects` says `MACHINE = partial(CliMachine, DIALECT)`.
"""
