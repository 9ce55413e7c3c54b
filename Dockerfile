# The image of the action. `slim` holds one static program and the CA roots, and nothing else.
#
# A static program that lies at `dist/plinth` in the build context is used as it is (releases and
# tests make one); else it is built here from source.
FROM debian:stable-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates
WORKDIR /src
COPY . .
RUN sh docker/build.sh /image

FROM scratch AS slim
LABEL org.opencontainers.image.title="Plinth" \
      org.opencontainers.image.description="Reviews every database schema change in the pull request and applies it on merge" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
# The program, the CA roots, and an empty /tmp for the lock file of a SQLite target.
COPY --from=build /image /
# Root, as the runner's workspace demands; the dev database drops what it can by itself.
ENTRYPOINT ["/plinth"]
