FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ARG VERSION=unknown
ENV CGO_ENABLED=0 GOCACHE=/cache/go-build
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/cache/go-build \
    go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=${VERSION}" -o /out/kartka ./cmd/kartka \
    && mkdir /out/data

# Certificates and the user 65532, and no shell. Time zones are in the binary.
FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/kartka /usr/local/bin/kartka
COPY --from=build --chown=65532:65532 /out/data /data
COPY LICENSE NOTICE /usr/share/doc/kartka/
ENV KARTKA_DATABASE=sqlite:/data/kartka.db \
    KARTKA_LISTEN=0.0.0.0:8080
VOLUME /data
WORKDIR /data
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=6s --start-period=20s --retries=3 CMD ["/usr/local/bin/kartka", "health"]
ENTRYPOINT ["/usr/local/bin/kartka"]
CMD ["serve"]
