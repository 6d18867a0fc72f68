"""What certificates, their chains and their private keys say. Bytes in, facts out; a key's secret never leaves here."""
