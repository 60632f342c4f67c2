FROM node:20-bookworm-slim AS web
WORKDIR /src/web
COPY web/package.json web/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY web ./
RUN npm run build

FROM rust:1.95-bookworm AS binary
WORKDIR /src
COPY . .
COPY --from=web /src/web/dist web/dist
RUN cargo build --release --locked

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates curl \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --no-create-home nocgate \
    && install -d -o nocgate -g nocgate -m 700 /data
COPY --from=binary /src/target/release/nocgate /usr/local/bin/nocgate
USER nocgate
WORKDIR /data
VOLUME /data
# Within the container all addresses; what is reachable from outside is the publisher's choice.
ENV NOCGATE__HTTP__LISTEN=0.0.0.0:8080 \
    NOCGATE__DATABASE__URL=sqlite:/data/nocgate.db \
    NOCGATE__SECRETS__KEY_FILE=/data/secrets.key
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD curl -fsS -o /dev/null http://127.0.0.1:8080/healthz || exit 1
ENTRYPOINT ["nocgate"]
CMD ["serve"]
