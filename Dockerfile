# No test builds this file, so it is kept plain. The Python is the one that the tests run on.

FROM python:3.11-slim AS build
WORKDIR /source
RUN python -m venv /venv
COPY requirements.lock ./
RUN /venv/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY translations translations
RUN /venv/bin/pip install --no-cache-dir --no-deps .

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin twinline \
 && install --directory --mode=0700 --owner=twinline /data
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1
USER twinline
WORKDIR /data
# config.yaml, the secret files and the storage folder live here.
VOLUME /data
HEALTHCHECK --interval=60s --timeout=20s --start-period=60s CMD ["twinline", "health", "--config", "/data/config.yaml"]
ENTRYPOINT ["twinline"]
CMD ["run", "--config", "/data/config.yaml"]
