"""Does the filter work? Harmless questions asked of the running filter, and what must come back (F12).

`seats` says as whom a check asks, `questions` what is asked and expected, `samples` takes names out of the lists in
use, `asking` asks, `judging` compares, `run` joins them, `routes` tries the ways past the filter from a segment,
`signed` and `kept` are the dated, signed records.
"""
