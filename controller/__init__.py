"""Policy and the loop: compiles the school's policy file into what each enforcement point must do."""
