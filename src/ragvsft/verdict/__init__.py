"""The cheap half: pure functions over what the lab wrote."""
