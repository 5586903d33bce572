"""The proof of a proposal: the user's command with and without it, in copies."""
