"""The chat's machinery, which `chatkit-agent update` replaces. What you change is in `services`."""

# First, as it imports the SDK without the SDK's warnings of its own classes.
from .. import chatkit_store as _  # noqa: F401
