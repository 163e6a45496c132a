"""The verdicts of the filter as response policy zones."""
