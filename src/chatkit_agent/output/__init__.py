"""What every front end gives out: documents, and how they are shown."""
