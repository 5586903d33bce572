"""What the end-to-end and accuracy tests share."""
