"""What looks inside: sensitive data, secrets, model files. What it saw is never kept."""
