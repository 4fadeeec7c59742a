#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Debian 13's curl without what no case needs (TLS, compression, other protocols) and
# without shared libraries: where a case asks single questions, half of the time of its
# programs went to the 34 libraries of the packaged one (README.md has the figures).
# Built of the source that Debian has, kept in the cache, and printed: its path.
#
# Usage: curl.sh
set -eu

# shellcheck source=tests/vm/common.sh
. "$(dirname "$0")/common.sh"

VERSION=8.14.1
SOURCE=$MIRROR/pool/main/c/curl/curl_$VERSION.orig.tar.gz
SHA256=6766ada7101d292b42b8b15681120acd68effa4a9660935853cf6d61f0d984d4
OPTIONS="--disable-shared --enable-static --without-ssl --without-zlib
	--without-brotli --without-zstd --without-librtmp --without-libssh2
	--without-nghttp2 --without-libgsasl --without-libpsl --without-libidn2
	--disable-ldap --disable-ldaps --disable-ftp --disable-file --disable-rtsp
	--disable-dict --disable-telnet --disable-tftp --disable-pop3 --disable-imap
	--disable-smb --disable-smtp --disable-gopher --disable-mqtt --disable-docs
	--disable-manual --disable-threaded-resolver --disable-dependency-tracking
	--disable-libcurl-option --disable-ntlm --disable-alt-svc --disable-hsts"

root=$("$VM_DIR/root.sh" -r trixie)
hash=$(echo "$SHA256 $OPTIONS $(basename "$root")" | sha256sum | cut -c1-12)
dir=$CACHE/curl-$hash

build()
{
	local start=$SECONDS

	curl -fsSL --retry 3 -o "$work/source.tar.gz" "$SOURCE"
	echo "$SHA256  $work/source.tar.gz" | sha256sum -c --quiet >&2
	# shellcheck disable=SC2016,SC2086 # its shell expands it; words are meant
	in_root "$root" "$work:/gws/build" -- sh -ec '
		cd /gws/build
		tar --strip-components=1 -xf source.tar.gz
		CFLAGS=-O2 ./configure "$@"
		make -j"$(nproc)" -C lib
		make -C src LDFLAGS=-all-static
		strip -o /gws/build/curl src/curl' \
		configure $OPTIONS >"$work/log" 2>&1 || {
		tail -n 20 "$work/log" >&2
		die "curl does not build"
	}
	mkdir "$work/kept"
	mv "$work/curl" "$work/kept/"
	mv -T "$work/kept" "$dir"
	log "curl: $((SECONDS - start)) s"
}

exec 9>"$CACHE/.curl.lock"
flock 9
if [ ! -x "$dir/curl" ]; then
	work=$(mktemp -d "$CACHE/.curl.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	log "building a small curl"
	build
	find "$CACHE" -maxdepth 1 -name 'curl-????????????' ! -path "$dir" \
		-mmin +1440 -exec rm -rf {} +
fi
echo "$dir/curl"
