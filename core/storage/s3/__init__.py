"""Copies in a bucket, of Amazon or of anybody who speaks its protocol. The one door to boto3."""
