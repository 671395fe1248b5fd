"""The routing core: pure rules about numbers, channels, contacts and messages."""
