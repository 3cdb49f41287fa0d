# One image for web, worker and beat: docker-compose.yml says which of them a container is.
FROM python:3.13-slim AS build
COPY requirements.txt /tmp/
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check \
       --require-hashes --only-binary :all: -r /tmp/requirements.txt

FROM python:3.13-slim
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN useradd --system --create-home --uid 10001 opener && install --directory --owner opener /files
COPY --from=build /opt/venv /opt/venv
WORKDIR /opener
COPY manage.py LICENSE ./
COPY opener opener
COPY apps apps
COPY templates templates
COPY static static
# Values for this command alone: collecting files asks neither a database nor a secret.
RUN SECRET_KEY=unused DATABASE_URL=postgresql://unused REDIS_URL=redis://unused \
    python manage.py collectstatic --noinput --verbosity 0
USER opener
EXPOSE 8000
CMD ["gunicorn", "opener.wsgi", "--worker-class=gthread", "--workers=2", "--threads=4", "--preload", "--timeout=60", "--graceful-timeout=10", "--no-control-socket", "--bind=0.0.0.0:8000"]
