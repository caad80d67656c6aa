"""Where secrets are looked for: folders, Git repositories, organisations, container images."""
