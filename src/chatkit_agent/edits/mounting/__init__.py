"""What `mount_router` asks of the files that it writes into."""
