"""The edits folded over the tree, as a diff with an id."""
