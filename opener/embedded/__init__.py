"""PostgreSQL, Valkey and a mail catcher out of wheels, so that a laptop needs no server installed.

For trying out and for tests. In production DATABASE_URL, REDIS_URL and SMTP_URL name real servers and nothing of
this package runs. Nothing here needs Django's settings: it is what makes them possible.
"""
