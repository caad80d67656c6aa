"""What looks inside told, as facts: reports of `crownpath inspect ... --out`, taken into a snapshot."""
