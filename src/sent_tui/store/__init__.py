"""Where contacts, messages and drafts are kept."""
