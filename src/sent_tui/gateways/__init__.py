"""The networks that messages leave by."""
