#!/bin/sh
# Installs, upgrades or removes a node on Debian 12 or 13 and Raspberry Pi OS of the same age. README.md says how.
set -eu

usage() {
	cat <<'END'
usage: sudo ./install.sh [--root DIR] FOLDER   install or upgrade, with the settings in FOLDER (node.toml and its files)
       sudo ./install.sh [--root DIR]          upgrade, and keep the settings
       sudo ./install.sh --rollback            go back to the version before
       sudo ./install.sh --uninstall           remove the program; events and settings stay
       sudo ./install.sh --purge               remove everything, events that were never sent too
            ./install.sh --pack DIR            fill DIR with all that an installation without internet needs,
                                               for machines of this one's kind
--root DIR puts everything below DIR instead of /, makes no user and starts nothing: to look at.
END
}

say() { printf '%s\n' "$*"; }
fail() {
	printf 'aisle: %s\n' "$*" >&2
	exit 1
}

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
if [ -d "$here/wheels" ]; then
	bundle=yes lock=$here/lock
else
	bundle=no lock=$here/../lock source=$here/../..
fi

root='' action=install folder='' target=''
while [ $# -gt 0 ]; do
	case $1 in
	--root)
		[ -d "${2:-}" ] || fail "--root needs a folder"
		root=$(CDPATH='' cd -- "$2" && pwd)
		shift
		;;
	--pack)
		[ -n "${2:-}" ] || fail "--pack needs a folder to fill"
		action=pack target=$2
		shift
		;;
	--rollback | --uninstall | --purge) action=${1#--} ;;
	-h | --help)
		usage
		exit 0
		;;
	-*)
		usage >&2
		exit 2
		;;
	*)
		[ -z "$folder" ] || fail "one folder of settings, not two: $folder and $1"
		folder=$1
		;;
	esac
	shift
done

code=$root/opt/aisle
settings=$root/etc/aisle
state=$root/var/lib/aisle
units=$root/etc/systemd/system
python=${PYTHON:-python3}

# A system that runs; in a chroot, where an image is made, nothing can be started.
live() { [ -z "$root" ] && [ -d /run/systemd/system ]; }

# ---------------------------------------------------------------------------------------------- what must be there

must_be_root() { [ -n "$root" ] || [ "$(id -u)" = 0 ] || fail "this needs root: sudo $0"; }

keeps_time() {
	command -v chronyd >/dev/null || command -v ntpd >/dev/null || [ -x /usr/lib/systemd/systemd-timesyncd ] ||
		[ -x /lib/systemd/systemd-timesyncd ]
}

require() {
	must_be_root
	wanted=''
	"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
		fail "this needs Python 3.11 or newer (Debian 12, Raspberry Pi OS 12 or later)"
	"$python" -c 'import ensurepip, venv' 2>/dev/null || wanted="$wanted python3-venv"
	command -v systemctl >/dev/null || [ -n "$root" ] || fail "this system has no systemd"
	[ -n "$root" ] || keeps_time || wanted="$wanted systemd-timesyncd"
	[ -z "$wanted" ] || fail "some packages are missing; install them and run this again: sudo apt install$wanted"
	case $(uname -m) in
	aarch64 | x86_64) ;;
	*) fail "there is no detector for $(uname -m): a 64-bit system is needed" ;;
	esac
}

warn_of_swap() {
	live || return 0
	if ! grep -qw memory /sys/fs/cgroup/cgroup.controllers 2>/dev/null; then
		say "note: this kernel does not limit the memory of services. On a Raspberry Pi, add 'cgroup_enable=memory'"
		say "      to the line in /boot/firmware/cmdline.txt. Pictures stay out of swap either way: they are locked."
	fi
}

# ---------------------------------------------------------------------------------------------------- the program

pip_of() { # of the environment $1
	environment=$1
	shift
	"$environment/bin/python" -m pip -qq --disable-pip-version-check --no-input --no-cache-dir "$@"
}

# Where packages come from: the bundle's folder alone, or the index; either way only what the lock's hashes allow.
offline() { [ "$bundle" = no ] || printf '%s\n' --no-index "--find-links=$here/wheels"; }

build_wheel() { # into folder $1, from this checkout
	"$python" -m venv "$1/tools"
	pip_of "$1/tools" install --require-hashes --only-binary=:all: -r "$lock/build.txt"
	pip_of "$1/tools" wheel --no-deps --no-build-isolation --wheel-dir "$1" "$source"
}

make_version() { # prints the name of the version, installed and complete
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	if [ "$bundle" = yes ]; then
		cp "$here"/wheels/aisle_store-*.whl "$work/"
	else
		build_wheel "$work"
	fi
	wheel=$(echo "$work"/aisle_store-*.whl)
	[ -f "$wheel" ] || fail "there must be one wheel of aisle_store, found: $wheel"
	version=$(basename "$wheel" | cut -d- -f2)
	name=$version-$(cat "$wheel" "$lock/node.txt" | sha256sum | cut -c1-8)
	if [ ! -e "$code/$name/complete" ]; then
		rm -rf "${code:?}/$name"
		install_into "$code/$name"
	fi
	say "$name"
}

install_into() {
	umask 022
	mkdir -p "$code"
	"$python" -m venv "$1"
	# shellcheck disable=SC2046 # each word of `offline` is one option
	pip_of "$1" install $(offline) --require-hashes --only-binary=:all: -r "$lock/build.txt"
	# All come as wheels but pyDes, which its author ships as source: pure Python, built here without a compiler.
	# shellcheck disable=SC2046
	pip_of "$1" install $(offline) --require-hashes --only-binary=:all: --no-binary=pydes --use-pep517 \
		--no-build-isolation -r "$lock/node.txt"
	pip_of "$1" install --no-index --no-deps "$wheel"
	# What builds is not what runs.
	tools=$(awk -F== '/^[a-z]/ { print $1 }' "$lock/build.txt" | while read -r tool; do
		grep -q "^$tool==" "$lock/node.txt" || echo "$tool"
	done)
	# shellcheck disable=SC2086 # each is one word
	pip_of "$1" uninstall --yes $tools pip
	"$1/bin/python" -m compileall -q "$1/lib"
	mkdir -p "$1/share/aisle"
	cp "$here/README.md" "$1/share/aisle/"
	chmod -R go-w "$1"
	sync -f "$1"
	touch "$1/complete"
	sync -f "$1"
}

point() { # the symlink $1 at $2, at once: a rename
	ln -sfn "$2" "$1.new"
	mv -T "$1.new" "$1"
}

switch_to() {
	now=$(readlink "$code/current" 2>/dev/null || true)
	if [ -n "$now" ] && [ "$now" != "$1" ]; then
		point "$code/previous" "$now"
	fi
	point "$code/current" "$1"
	sync -f "$code"
}

prune() {
	for old in "$code"/*/; do
		old=$(basename "$old")
		case $old in
		current | previous | "$(readlink "$code/current")" | "$(readlink "$code/previous" 2>/dev/null || true)") ;;
		*) rm -rf "${code:?}/$old" ;;
		esac
	done
}

# ---------------------------------------------------------------------------------------------- settings and system

check_settings() { # of folder $1, by the version $2
	[ -f "$1/node.toml" ] || fail "$1 has no node.toml; $here/node.toml is one to begin with"
	grep -Eq '^data *= *"/var/lib/aisle"' "$1/node.toml" ||
		fail "$1/node.toml: data must be \"/var/lib/aisle\", the one folder that the node may write"
	"$code/$2/bin/aisle-edge" check --config "$1/node.toml" || fail "the settings in $1 cannot be used"
}

make_user() {
	[ -z "$root" ] || return 0
	id aisle >/dev/null 2>&1 ||
		useradd --system --user-group --home-dir /var/lib/aisle --no-create-home --shell /usr/sbin/nologin aisle
}

belongs_to() { [ -n "$root" ] || chown "$1" "$2"; }

put_settings() { # secrets are the node's alone
	mkdir -p "$settings"
	for file in "$1"/*; do
		[ -f "$file" ] || continue
		new=$settings/.new
		(umask 077 && cp "$file" "$new")
		chmod 0600 "$new"
		belongs_to aisle:aisle "$new"
		mv "$new" "$settings/$(basename "$file")"
	done
	chmod 0750 "$settings"
	belongs_to root:aisle "$settings"
}

put_units() {
	mkdir -p "$units/aisle-edge.service.d" "$root/etc/systemd/journald.conf.d"
	install -m 0644 "$here/aisle-edge.service" "$units/aisle-edge.service"
	install -m 0644 "$here/journald.conf" "$root/etc/systemd/journald.conf.d/aisle.conf"
	release=$(systemctl --version 2>/dev/null | awk 'NR == 1 { print $2 + 0 }')
	if [ "${release:-0}" -ge 254 ]; then
		install -m 0644 "$here/backoff.conf" "$units/aisle-edge.service.d/backoff.conf"
	fi
	mkdir -p "$units/multi-user.target.wants"
	ln -sfn ../aisle-edge.service "$units/multi-user.target.wants/aisle-edge.service"
}

start() {
	systemctl daemon-reload
	systemctl try-restart systemd-journald
	systemctl restart aisle-edge # it waits for the node's word that it is up
}

# ------------------------------------------------------------------------------------------------------- the actions

do_install() {
	require
	[ -z "$folder" ] || [ -d "$folder" ] || fail "$folder is not a folder"
	[ -n "$folder" ] || [ -f "$settings/node.toml" ] || fail "a first installation needs a folder of settings: $0 FOLDER"
	say "installing the program (some minutes on a small computer)…"
	made=$(make_version)
	check_settings "${folder:-$settings}" "$made"
	make_user
	[ -z "$folder" ] || put_settings "$folder"
	put_units
	before=$(readlink "$code/current" 2>/dev/null || true)
	older=$(readlink "$code/previous" 2>/dev/null || true)
	switch_to "$made"
	if live && ! start; then
		journalctl --unit aisle-edge --lines 20 --no-pager >&2 || true
		if [ -z "$before" ] || [ "$before" = "$made" ]; then fail "version $made does not come up"; fi
		point "$code/current" "$before"
		if [ -n "$older" ]; then point "$code/previous" "$older"; else rm -f "$code/previous"; fi
		prune
		systemctl restart aisle-edge || true
		fail "version $made does not come up; $before runs again"
	fi
	prune
	warn_of_swap
	say "version $made is installed in ${code#"$root"}/$made${before:+ (before: $before)}"
	[ -z "$folder" ] || say "the settings were copied to ${settings#"$root"}; remove the secrets in $folder"
}

do_rollback() {
	must_be_root
	older=$(readlink "$code/previous" 2>/dev/null) || fail "there is no version before"
	switch_to "$older"
	if live; then systemctl restart aisle-edge; fi
	say "version $older runs again"
}

do_uninstall() {
	must_be_root
	if live; then systemctl disable --now aisle-edge 2>/dev/null || true; fi
	rm -rf "${code:?}" "$units/aisle-edge.service" "$units/aisle-edge.service.d" \
		"$units/multi-user.target.wants/aisle-edge.service" "$root/etc/systemd/journald.conf.d/aisle.conf"
	if live; then systemctl daemon-reload; fi
	if [ "$action" = purge ]; then
		rm -rf "${settings:?}" "${state:?}"
		[ -n "$root" ] || userdel aisle 2>/dev/null || true
		say "the program, its settings and its events are gone"
	else
		say "the program is gone; settings stay in ${settings#"$root"}, events in ${state#"$root"}"
	fi
}

do_pack() {
	[ "$bundle" = no ] || fail "this is a packed folder already"
	mkdir -p "$target/wheels" "$target/lock"
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	build_wheel "$work"
	cp "$work"/*.whl "$target/wheels/"
	for list in build node; do
		pip_of "$work/tools" download --require-hashes --only-binary=:all: --no-binary=pydes --use-pep517 \
			--no-build-isolation --dest "$target/wheels" -r "$lock/$list.txt"
	done
	cp "$lock/node.txt" "$lock/build.txt" "$target/lock/"
	cp "$here"/*.sh "$here"/*.service "$here"/*.conf "$here/node.toml" "$here/README.md" "$target/"
	say "$target holds all; on the other machine: sudo $target/install.sh FOLDER"
}

case $action in
install) do_install ;;
rollback) do_rollback ;;
uninstall | purge) do_uninstall ;;
pack) do_pack ;;
esac
