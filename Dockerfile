# One image for API, workers and simulator. By default it runs the whole service in one container on port 7860, with a
# private Redis and its data in the volume /data.
#
#   docker build -t code-generation-agent .
#   docker run -p 7860:7860 -e OPENROUTER_API_KEY=… code-generation-agent
#
# Other roles use other commands, e.g. `node apps/worker/src/main.ts`; see docker-compose.yml. The target `sandbox` has
# compilers on top.

# A digest pins it: docs/containers.md.
ARG NODE_IMAGE=node:24-bookworm-slim

# Only the manifests, so that changes of sources do not invalidate the cached installation.
FROM ${NODE_IMAGE} AS manifests
WORKDIR /app
COPY . .
RUN find . -type f ! -name package.json ! -name 'pnpm-*.yaml' ! -path ./scripts/install.mjs ! -path ./scripts/dependencies.mjs -delete \
    && find . -type d -empty -delete

# Runtime dependencies only. For a registry of your own, pass `--secret id=npmrc,src=$HOME/.npmrc`.
FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY --from=manifests /app ./
RUN --mount=type=cache,target=/root/.npm \
    --mount=type=cache,target=/pnpm-store \
    --mount=type=secret,id=npmrc,target=/root/.npmrc \
    node scripts/install.mjs --prod --store-dir=/pnpm-store \
    # These files, two fifths of the size, serve only compilers and debuggers.
    && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.[cm]ts' \) -delete

# The page, built with the libraries of its sources.
FROM ${NODE_IMAGE} AS web
WORKDIR /app
COPY --from=manifests /app ./
RUN --mount=type=cache,target=/root/.npm \
    --mount=type=cache,target=/pnpm-store \
    --mount=type=secret,id=npmrc,target=/root/.npmrc \
    node scripts/install.mjs --filter @codegen/web --store-dir=/pnpm-store
COPY . .
RUN node apps/web/build.mjs --required

FROM ${NODE_IMAGE} AS service
# tini runs as process 1: it forwards signals, even before a program has installed handlers, and reaps orphans.
RUN apt-get update \
    && apt-get install -y --no-install-recommends redis-server tini \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/* \
    && install -d -o node -g node /data /data/logs
WORKDIR /app
COPY --from=dependencies /app ./
COPY . .
COPY --from=web /app/apps/web/dist apps/web/dist

ENV NODE_ENV=production HOST=0.0.0.0 PORT=7860 DATA_DIR=/data LOG_DIR=/data/logs
# The user `node`, as a number, so that Kubernetes can verify that it is not root.
USER 1000:1000
VOLUME /data
EXPOSE 7860
STOPSIGNAL SIGTERM
# For the whole service and the API: healthy if Redis answers and every queue has a worker.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--"]
# The whole service listens on all addresses of the container; the published ports limit access, and API_KEYS can require
# keys. The API alone needs ALLOW_ANONYMOUS or API_KEYS explicitly.
CMD ["sh", "-c", "ALLOW_ANONYMOUS=${ALLOW_ANONYMOUS:-true} exec node apps/cli/src/start/main.ts"]

ARG VERSION=0.1.0
ARG REVISION
LABEL org.opencontainers.image.title="code-generation-agent" \
      org.opencontainers.image.description="Plain words in, reviewed code out, through a queue of model stages" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

# The sandbox service, with compilers of C and C++. The image of API and workers has none.
FROM service AS sandbox
USER root
RUN apt-get update \
    && apt-get install -y --no-install-recommends g++ libc6-dev \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/*
USER 1000:1000
HEALTHCHECK NONE
CMD ["node", "apps/sandbox/src/main.ts"]

FROM service
