"""Which rule of the school's policies is kept by what, and what last showed it: the page a head can print."""
