"""The chat's machinery, which `chatkit-agent update` replaces. What you change is in `services`."""

from ..chatkit_store import build_types

# The store imports the SDK without the SDK's warnings; its types are whole before they are used.
build_types()
