# The HTTP service, in a container of its own. Written for Docker 24 and newer, and not built by the
# tests: where they run there is no Docker engine.
#
#   docker build -t sigunet .
#   docker run --rm --read-only --tmpfs /tmp -p 127.0.0.1:8000:8000 sigunet
#
# Nothing is fetched once the image is built: it runs with --network none behind a proxy as well.
FROM python:3.12-slim AS build
WORKDIR /source
COPY pyproject.toml setup.cfg constraints.txt README.md LICENSE ./
COPY configs configs
COPY sigunet sigunet
RUN python -m venv /opt/sigunet \
    && /opt/sigunet/bin/pip install --no-cache-dir -c constraints.txt '.[serve,pdf]'

FROM python:3.12-slim
RUN useradd --system --uid 10001 --no-create-home sigunet
COPY --from=build /opt/sigunet /opt/sigunet
ENV PATH=/opt/sigunet/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    SIGUNET_CACHE_DIR=/tmp/sigunet
USER sigunet
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
# 0.0.0.0 is the container's own address; what reaches it is decided by -p.
CMD ["sigunet", "serve", "--host", "0.0.0.0", "--port", "8000"]
