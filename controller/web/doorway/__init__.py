"""Pages for whoever stands in front of a device, without signing in. A page is one module, one template, its words.

A module has a `router` whose routes take an `AtTheDoor` and answer with `page(…)`, a `PATH`, and `wanted(visit)`: is
this the page for somebody whom the network led here? It is listed in `PAGES` of `app.py`; the first that is wanted is
shown. Its words stand in `words/NAME.LANGUAGE.toml`: `[plain]` for adults, `[child]` for what is said differently to
pupils.
"""
