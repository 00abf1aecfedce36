# The newest LTS of Node.js; any image with Debian's apt, node and npm will do.
ARG NODE_IMAGE=docker.io/library/node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY schemas ./schemas
COPY src ./src
RUN npm run build

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM ${NODE_IMAGE}
# The state directory is made below the volume by the program itself, so that it is 0700 whatever the volume's mode is.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends git \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log /var/cache/debconf/*-old \
 && groupadd --gid 10001 sps-gitops \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/sps-gitops --shell /usr/sbin/nologin sps-gitops \
 && install --directory --owner=10001 --group=10001 --mode=0700 /var/lib/sps-gitops

WORKDIR /app
COPY LICENSE package.json ./
COPY --from=dependencies /app/node_modules ./node_modules
COPY schemas ./schemas
COPY config-examples/quickstart ./config-examples/quickstart
COPY --from=build /app/dist ./dist

ARG VERSION=""
ARG REVISION=""
ARG SOURCE=""
LABEL org.opencontainers.image.title="sps-gitops" \
      org.opencontainers.image.description="GitOps configuration reconciler for One Identity Safeguard for Privileged Sessions" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}"

# Temporary files (of `simulate` and `run --simulate`) go into the volume: nothing else has to be writable.
ENV NODE_ENV=production \
    SPS_STATE=/var/lib/sps-gitops/state \
    TMPDIR=/var/lib/sps-gitops
VOLUME /var/lib/sps-gitops
WORKDIR /var/lib/sps-gitops
# The number: Kubernetes proves runAsNonRoot by it.
USER 10001
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s CMD ["node", "/app/dist/cli.js", "status", "--live"]
# No shell between, so that signals reach the program.
ENTRYPOINT ["node", "/app/dist/cli.js"]
CMD ["run"]
