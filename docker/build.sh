#!/bin/sh
# Fills $1 with the files of the image: the static program, the CA roots, and an empty /tmp.
#
# The program is the one in dist/ if there is one, else it is built from source.
set -eu
image=$1
install -d "$image/etc/ssl/certs"
install -d -m 1777 "$image/tmp"
install -m 644 /etc/ssl/certs/ca-certificates.crt "$image/etc/ssl/certs/"
if [ ! -e dist/plinth ]; then
  apt-get install -y --no-install-recommends rustup gcc libc6-dev musl-tools
  target=$(uname -m)-unknown-linux-musl
  rustup set profile minimal
  rustup target add "$target"
  cargo build --locked --release --target "$target"
  install -D "target/$target/release/plinth" dist/plinth
fi
install -m 755 dist/plinth "$image/plinth"
