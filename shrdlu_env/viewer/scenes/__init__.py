"""What each world looks like."""
