#!/bin/sh
# Puts the static program at $1: the one in dist/ if there is one, else built from source.
set -eu
if [ -e dist/plinth ]; then
  install -m 755 dist/plinth "$1"
  exit 0
fi
apt-get install -y --no-install-recommends rustup gcc libc6-dev musl-tools
target=$(uname -m)-unknown-linux-musl
rustup set profile minimal
rustup target add "$target"
cargo build --locked --release --target "$target"
install -m 755 "target/$target/release/plinth" "$1"
