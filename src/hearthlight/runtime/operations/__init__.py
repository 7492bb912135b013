"""Looking after a running Hearthlight: is it well, keep a copy, bring a copy back, watch it from outside."""
