# Sourced by the scripts beside it, from the project's root: small functions, and no effect of its own.

PATH="$PATH:${CARGO_HOME:-$HOME/.cargo}/bin"
target=${CARGO_TARGET_DIR:-target}

say() { printf '\n== %s\n' "$*" >&2; }

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

need() { command -v "$1" > /dev/null 2>&1 || die "$1 is missing: $2"; }

need_rust() { need cargo "install Rust from https://rustup.rs (stable, 1.88 or newer)"; }

wasm=wasm32-unknown-unknown

# Is there a standard library for the browser's target, or can rustup get one?
has_wasm() {
    [ -d "$(rustc --print target-libdir --target $wasm 2> /dev/null)" ] || rustup target add $wasm >&2
}

need_node() {
    need node "install Node.js 20 or newer"
    need npm "install npm, which comes with Node.js"
}

# The tools of web/ that package-lock.json names, installed anew only when it changed.
node_modules() {
    need_node
    if [ web/node_modules/.package-lock.json -nt web/package-lock.json ]; then return; fi
    say "Installing the tools of web/"
    (cd web && npm ci --no-audit --no-fund) || die "npm ci failed in web/"
    touch web/node_modules/.package-lock.json
}

# Debian packages, with or without sudo.
apt_install() {
    need apt-get "install $* by hand"
    as_root=
    if [ "$(id -u)" -ne 0 ]; then
        as_root=sudo
        need sudo "run as root, or install $* by hand"
    fi
    export DEBIAN_FRONTEND=noninteractive
    { $as_root apt-get update -q && $as_root apt-get install -q -y --no-install-recommends "$@"; } >&2 ||
        die "apt-get could not install $*: install it by hand"
}

# The first of these commands that there is; prints its path.
first_of() {
    for name in "$@"; do
        if command -v "$name"; then return; fi
    done
    return 1
}

# The first of these Debian packages that this release knows, the first of all where nothing is known yet; prints its name.
package_of() {
    for name in "$@"; do
        if apt-cache show "$name" > /dev/null 2>&1; then
            echo "$name"
            return
        fi
    done
    echo "$1"
}

chromium_path() { first_of "${CHROMIUM:-chromium}" chromium-browser google-chrome; }
firefox_path() { first_of "${FIREFOX:-firefox-esr}" firefox; }
webkit_path() { first_of Xvfb > /dev/null && first_of "${WEBKIT_DRIVER:-WebKitWebDriver}"; }

# Japanese as on every machine, so that pictures can be compared.
has_font() { fc-list 2> /dev/null | grep -q "Noto Sans CJK JP"; }

all_browsers="chromium firefox webkit"

# The browsers of the end-to-end tests, as BROWSERS names them: Chromium always, and all others that have not been left out.
need_browsers() {
    BROWSERS=${BROWSERS:-$all_browsers}
    case " $BROWSERS " in *" chromium "*) ;; *) die "BROWSERS is \"$BROWSERS\", but most tests need chromium" ;; esac
    missing=
    has_font || missing=" fontconfig fonts-noto-cjk"
    for browser in $BROWSERS; do
        case $browser in
            chromium) chromium_path || missing="$missing chromium" ;;
            firefox) firefox_path || missing="$missing $(package_of firefox-esr firefox)" ;;
            webkit) webkit_path || missing="$missing xvfb $(package_of webkit2gtk-driver webkitgtk-driver)" ;;
            *) die "BROWSERS names $browser; chromium, firefox and webkit are known" ;;
        esac
    done > /dev/null
    if [ -n "$missing" ]; then
        say "Installing$missing"
        # What is still missing is told below, with what to do. shellcheck disable=SC2086
        (apt_install $missing) || :
    fi
    for browser in $BROWSERS; do
        "${browser}_path" > /dev/null ||
            die "$browser is missing. Install it, name it in CHROMIUM, FIREFOX or WEBKIT_DRIVER, or leave it out: BROWSERS=\"chromium …\" $0"
    done
    has_font || die "the font Noto Sans CJK JP is missing: install it (Debian: fonts-noto-cjk)"
    CHROMIUM=$(chromium_path) FIREFOX=$(firefox_path || :) WEBKIT_DRIVER=$(webkit_path || :)
    export BROWSERS CHROMIUM FIREFOX WEBKIT_DRIVER
}

# A Python of our own with the tools of the field in it, for scripts that compare with it; prints its path.
python_with_anchors() {
    need python3 "install Python 3.11 or newer"
    if ! "$target/venv/bin/python" -c 'import oletools, XLMMacroDeobfuscator, refinery' 2> /dev/null; then
        say "Installing the tools we compare with"
        python3 -m venv "$target/venv" >&2 || die "python3 has no venv: install python3-venv"
        "$target/venv/bin/pip" install --quiet --disable-pip-version-check -r scripts/anchors.txt >&2 ||
            die "pip could not install scripts/anchors.txt"
    fi
    printf '%s\n' "$target/venv/bin/python"
}

# The native command; prints its path.
native() {
    need_rust
    say "Building the native command"
    cargo build --quiet --locked --release -p unopened --features cli >&2 || die "the native command does not build"
    printf '%s\n' "$target/release/unopened"
}

# The inert files of tests/builders, with the names a person would see; prints the folder.
fixtures() {
    need_rust
    say "Writing the fixtures"
    rm -rf "$target/fixtures"
    cargo run --quiet --locked -p unopened --features cli --example fixtures -- "$target/fixtures" >&2 || die "the fixtures cannot be written"
    printf '%s\n' "$target/fixtures"
}
