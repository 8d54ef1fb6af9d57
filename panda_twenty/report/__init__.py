"""What a verification found, as pages for people: the report with both charts, and the certificate."""
