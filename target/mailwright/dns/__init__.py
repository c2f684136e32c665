"""DNS: the records to publish, the key rotation, and the questions asked of resolvers."""
