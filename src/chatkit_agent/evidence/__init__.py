"""What is known of a chat: what is read, and what is seen when it runs."""
