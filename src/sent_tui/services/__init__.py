"""What a person can do: the use cases behind every face."""
