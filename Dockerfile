# syntax=docker/dockerfile:1
# One binary on a distroless base: no shell, no package manager, no root.
#
#   docker build -t telamon .
#   docker run --rm -p 8080:8080 telamon dev --listen 0.0.0.0:8080 --allow-remote
#
# A lasting server keeps its data in the volume /data:
#
#   docker run --rm -v telamon:/data telamon init --org Example --owner ada@example.com
#   docker run -v telamon:/data -p 8080:8080 -e TELAMON_SERVER__LISTEN=0.0.0.0:8080 \
#     -e TELAMON_SERVER__PUBLIC_URL=https://atlas.example.com -e TELAMON_SERVER__TRUSTED_PROXIES=172.16.0.0/12 telamon

FROM rust:1.95-bookworm AS build
# aws-lc is built from C.
RUN apt-get update && apt-get install -y --no-install-recommends cmake clang && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    cargo build --release --locked -p telamon && cp target/release/telamon /telamon \
    && install -d -m 0700 /data

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /telamon /usr/local/bin/telamon
# An empty volume takes over the owner and mode of this directory.
COPY --from=build --chown=nonroot:nonroot /data /data
ENV TELAMON_STORAGE__DATA_DIR=/data
VOLUME /data
EXPOSE 8080
USER nonroot
ENTRYPOINT ["/usr/local/bin/telamon"]
CMD ["serve"]
