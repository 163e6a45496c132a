"""Facts: what is known of a school's devices, people and switches. Imports nobody of ours."""
