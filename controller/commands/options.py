"""Options that many commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

HomeOption = Annotated[
    Path | None, typer.Option("--home", help="The school's folder; left out: this one, CARETAKER_HOME, or the demo.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; it stands in the audit.")]
KeyOption = Annotated[
    Path | None, typer.Option("--key", envvar="CARETAKER_STATION_KEY", help="This station's key file.")
]
