"""The site's own pages: each view asks one assembling module for its facts and hands them to a template."""
