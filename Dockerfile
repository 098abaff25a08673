# syntax=docker/dockerfile:1
# Two stages: what builds stays behind. The image holds Python, the locked wheels and Ajour; no compiler, no pip, no shell history of a build.
# Pin the base by digest in your own registry: docker build --build-arg BASE=python:3.13-slim-bookworm@sha256:…
ARG BASE=python:3.13-slim-bookworm

FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PYTHONDONTWRITEBYTECODE=1
WORKDIR /src
RUN python -m venv /opt/ajour
# The lock alone first: the layer of libraries is built again only when the lock changes.
COPY requirements/postgres.lock requirements/postgres.lock
# Hashes are required and wheels only: nothing else gets in, nothing is compiled.
RUN /opt/ajour/bin/python -m pip install --no-deps --require-hashes --only-binary :all: -r requirements/postgres.lock
COPY pyproject.toml README.md LICENSE NOTICE sources.yml ./
COPY baseline baseline
COPY db db
COPY monitor monitor
COPY review review
COPY alerts alerts
COPY app app
RUN /opt/ajour/bin/python -m pip install --no-deps --no-build-isolation .
# Byte code is made here: the running container may not write. What only builds needs goes.
RUN /opt/ajour/bin/python -m pip uninstall --yes hatchling editables pip \
    && /opt/ajour/bin/ajour --help \
    && python -m compileall -q /opt/ajour/lib

FROM ${BASE}
LABEL org.opencontainers.image.title="Ajour" \
      org.opencontainers.image.description="Keeps watch over what COI reports say, and flags the sentences that news puts in doubt" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 10001 ajour \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin ajour \
    && install --directory --owner 10001 --group 10001 --mode 0750 /data
COPY --from=build /opt/ajour /opt/ajour
ENV PATH=/opt/ajour/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    AJOUR_DATA=/data \
    AJOUR_LISTEN=0.0.0.0:8000 \
    AJOUR_HEALTH=0.0.0.0:9464 \
    AJOUR_LOG=json
WORKDIR /data
USER 10001:10001
VOLUME /data
EXPOSE 8000 9464
# Liveness only: what a restart cannot mend (a full disk, a database away) is told by /ready and by the metrics.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["ajour", "alive"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["ajour"]
CMD ["run"]
