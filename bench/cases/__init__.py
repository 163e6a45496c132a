"""One case in each file: `measure() -> Iterable[Measurement]`."""
