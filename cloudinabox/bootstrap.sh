# SPDX-License-Identifier: BSD-2-Clause
# Sourced by faststart and runtests: packages of the distribution and the virtual environment.
# Everything here is skipped within milliseconds when nothing has changed.

PYTHON=/usr/bin/python3
DEBIAN_PACKAGES="
    python3 python3-venv python3-dev gcc pkg-config libvirt-dev
    libvirt-daemon-system libvirt-clients qemu-system-x86 qemu-utils
    nftables dnsmasq-base iproute2 iputils-arping util-linux passwd kmod procps
    postgresql-15 e2fsprogs fdisk cpio curl ca-certificates openssl openssh-client
"
DEBIAN_TEST_PACKAGES="
    systemd rpm rpmlint make libxml2-utils git nodejs
    php-cli php-soap php-xml gsoap libgsoap-dev libssl-dev libaxis-java libwss4j-java libslf4j-java
    libnet-amazon-ec2-perl ruby-fog-aws s3cmd s3curl rclone s3fs
"
EL_PACKAGES="
    python3.12 python3.12-devel gcc pkgconf-pkg-config libvirt-devel
    libvirt-daemon-driver-qemu libvirt-daemon-config-network libvirt-client qemu-kvm qemu-img
    nftables dnsmasq iproute iputils util-linux shadow-utils kmod procps-ng
    postgresql-server e2fsprogs util-linux-core cpio curl ca-certificates openssl openssh-clients
"

step() {
    printf '[%6.1f s] %s\n' "$(echo "$(date +%s.%N) ${FASTSTART_BEGAN:-0}" | awk '{print $1 - $2}')" "$1" >&2
}

# Packages may not start what they bring: our daemons are our own.
install_debian() {
    local missing="" policy=/usr/sbin/policy-rc.d made="" conf=/etc/postgresql-common/createcluster.conf
    for package in "$@"; do
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
            missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    step "Installing packages:$missing"
    if [ ! -e $policy ]; then
        printf '#!/bin/sh\nexit 101\n' >$policy
        chmod 755 $policy
        made=$policy
    fi
    if [ ! -e $conf ]; then
        mkdir -p /etc/postgresql-common
        echo "create_main_cluster = false" >$conf
    fi
    local log status=0
    log=$(mktemp)
    export DEBIAN_FRONTEND=noninteractive
    { apt-get -q update &&
        apt-get -q install -y --no-install-recommends -o Dpkg::Options::=--force-confold $missing; } \
        </dev/null >"$log" 2>&1 || status=$?
    [ -z "$made" ] || rm -f "$made"
    if [ $status -ne 0 ]; then
        tail -20 "$log" >&2
        echo "apt-get could not install:$missing" >&2
        exit 1
    fi
    rm -f "$log"
}

install_el() {
    PYTHON=/usr/bin/python3.12
    rpm -q "$@" >/dev/null 2>&1 && return 0
    step "Installing packages"
    dnf -y -q install "$@" </dev/null >&2
}

# .venv follows setup.cfg: installed anew when that file changes, and only then.
install_python() {
    local extra=$1 wanted stamp=.venv/installed-$1
    wanted=$(cat setup.cfg pyproject.toml | sha256sum | cut -d' ' -f1)
    # What the tests need holds what a run needs.
    for one in "$stamp" .venv/installed-test; do
        if [ -f "$one" ] && [ "$(cat "$one")" = "$wanted" ] && .venv/bin/python -c "" 2>/dev/null; then
            return 0
        fi
    done
    step "Installing Python libraries"
    .venv/bin/python -c "" 2>/dev/null || { rm -rf .venv && "$PYTHON" -m venv .venv; }
    local what=.
    [ "$extra" = run ] || what=".[$extra]"
    local log
    log=$(mktemp)
    if ! .venv/bin/python -m pip install --disable-pip-version-check --no-input -e "$what" \
        </dev/null >"$log" 2>&1; then
        tail -30 "$log" >&2
        echo "pip could not install the Python libraries" >&2
        exit 1
    fi
    rm -f "$log"
    echo "$wanted" >"$stamp"
}

# The one client that npm brings; without npm its tests say that they are skipped.
install_node() {
    local place=tests/world/foreign log
    if ! command -v npm >/dev/null; then
        step "No npm: node soap is not installed"
        return 0
    fi
    cmp -s $place/package-lock.json $place/node_modules/installed && return 0
    step "Installing node soap"
    log=$(mktemp)
    if ! npm --prefix $place ci --ignore-scripts --no-audit --no-fund </dev/null >"$log" 2>&1; then
        tail -20 "$log" >&2
        echo "npm could not install node soap" >&2
        exit 1
    fi
    rm -f "$log"
    cp $place/package-lock.json $place/node_modules/installed
}

install_all() {
    local extra=$1
    (
        # Two at once would disturb each other.
        flock 9
        if command -v apt-get >/dev/null; then
            install_debian $DEBIAN_PACKAGES $([ "$extra" = run ] || echo $DEBIAN_TEST_PACKAGES)
        elif command -v dnf >/dev/null; then
            install_el $EL_PACKAGES
            [ "$extra" = run ] || install_el rpm-build rpmlint make libxml2 git
            PYTHON=/usr/bin/python3.12
        else
            step "Neither apt-get nor dnf: taking the packages for installed"
        fi
        install_python "$extra"
        [ "$extra" = run ] || install_node
    ) 9>/run/lock/eucalyptus-install
}
