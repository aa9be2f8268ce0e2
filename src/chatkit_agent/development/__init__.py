"""Development: the application of a person, run for them with all that its chat needs."""
