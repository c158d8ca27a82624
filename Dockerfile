# The image: the binary with what it loads, the certificates of public authorities, and a user. There
# is no shell in it and nobody is root. `docker compose build` makes it.
FROM rust:1.95.0-bookworm AS build
WORKDIR /source
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/source/target \
    cargo build --release --locked --package orderweaver --features kafka && \
    scripts/image_root.sh target/release/orderweaver /image

FROM scratch
COPY --from=build /image /
COPY --from=build --chown=10001:10001 /image/data /data
ENV ORDERWEAVER_DATA=/data ORDERWEAVER_HOST=0.0.0.0 ORDERWEAVER_LOG_FORMAT=json
USER 10001:10001
VOLUME /data
EXPOSE 8001 8002 8003 8004 8009
ENTRYPOINT ["/orderweaver"]
CMD ["serve"]
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s --start-interval=1s --retries=3 \
    CMD ["/orderweaver", "healthcheck"]
