"""What was asked for, made whole with what is here."""
