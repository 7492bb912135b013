"""What people write down about a person: one definition an entry, from which come the form, the page and the resource."""
