"""The WSGI entry point that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opener.settings")
os.environ.setdefault("STATEMENT_TIMEOUT", "10")  # of a page; workers take their time

application = get_wsgi_application()
