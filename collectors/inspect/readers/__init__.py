"""Readers: files of one family each, as samples for detectors. By content first, then by name."""
