"""A look at both ends and at this machine before anything moves."""
