"""What touches Google's packages: a second of imports, and only for a live scan."""
