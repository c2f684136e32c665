"""DNS: the records to publish, DKIM key rotation, and the questions for resolvers."""
