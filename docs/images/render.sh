#!/bin/sh
# Turns a comment's Markdown into pictures of it: desktop and phone, light and dark.
#
#     docs/images/render.sh tests/cases/render/review.md docs/images/comment
#
# writes comment-desktop-light.png and so on. Needs cmark-gfm and chromium (Debian packages of
# these names). OPEN=1 shows the folds open.
set -eu

markdown=$1
name=$2
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What GitHub does besides: alerts, and a line break where the text has one.
cmark-gfm --unsafe --hardbreaks -e table -e strikethrough -e autolink -e tasklist "$markdown" |
    sed -e 's|^<p>\[!NOTE\]<br />|<p class="alert">Note</p><p>|' >"$work/body.html"
if [ -n "${OPEN:-}" ]; then
    sed -i -e 's|<details>|<details open>|' "$work/body.html"
fi

shoot() {
    theme=$1 size=$2 width=$3
    page="$work/$size-$theme.html"
    {
        printf '<!doctype html><html class="%s"><meta charset="utf-8">' "$theme"
        printf '<meta name="viewport" content="width=device-width"><style>'
        cat "$here/comment.css"
        printf '</style><body><article><header><b>plinth</b> commented</header><section>'
        cat "$work/body.html"
        printf '</section></article>'
        printf '<script>document.body.dataset.height=document.body.scrollHeight+2</script></body></html>'
    } >"$page"
    height=$(chromium --headless --no-sandbox --disable-gpu --virtual-time-budget=1000 \
        --window-size="$width,100" --dump-dom "file://$page" 2>/dev/null |
        sed -n 's/.*data-height="\([0-9]*\)".*/\1/p' | head -1)
    chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --force-device-scale-factor=2 \
        --window-size="$width,${height:-1600}" --screenshot="$name-$size-$theme.png" "file://$page" 2>/dev/null
}

shoot light desktop 940
shoot dark desktop 940
shoot light phone 390
