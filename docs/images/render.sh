#!/bin/sh
# Turns a comment's Markdown into pictures of it: light, dark, and as wide as a phone.
#
#     plinth ci --dir examples/shop/migrations --latest 1 --comment-file comment.md
#     docs/images/render.sh comment.md docs/images/example
#
# writes example-light.png, example-dark.png and example-phone.png. Needs cmark-gfm, chromium and
# pngquant (Debian packages of these names). OPEN=1 shows the folds open.
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
    theme=$1 width=$2 picture=$3
    page="$work/page.html"
    {
        printf '<!doctype html><html class="%s"><meta charset="utf-8">' "$theme"
        printf '<meta name="viewport" content="width=device-width"><style>'
        cat "$here/comment.css"
        printf '</style><body style="width:%spx"><article><header><b>plinth</b> commented</header><section>' "$width"
        cat "$work/body.html"
        printf '</section></article>'
        printf '<script>document.body.dataset.height=document.body.scrollHeight+2</script></body></html>'
    } >"$page"
    height=$(chromium --headless --no-sandbox --disable-gpu --virtual-time-budget=1000 \
        --window-size="$width,100" --dump-dom "file://$page" 2>/dev/null |
        sed -n 's/.*data-height="\([0-9]*\)".*/\1/p' | head -1)
    chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --force-device-scale-factor=2 \
        --window-size="$width,${height:-1600}" --screenshot="$picture" "file://$page" 2>/dev/null
    pngquant --force --strip --speed 1 --output "$picture" 64 "$picture"
}

shoot light 940 "$name-light.png"
shoot dark 940 "$name-dark.png"
shoot light 390 "$name-phone.png"
