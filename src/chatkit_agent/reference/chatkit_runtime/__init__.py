"""The chat's machinery, which `chatkit-agent update` replaces. What you change is in `services`."""
