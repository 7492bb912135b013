"""Search as R4 describes it: what may be asked, what a resource is found by, what a question means. No database here."""
