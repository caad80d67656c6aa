"""Tests of the escalation techniques."""
