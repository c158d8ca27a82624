#!/usr/bin/env bash
# Makes the root folder of an image that holds the binary and nothing that it doesn't need.
#   scripts/image_root.sh target/release/orderweaver FOLDER
set -euo pipefail
binary=$1 root=$2
mkdir -p "$root"/{data,etc/ssl/certs,tmp}
chmod 1777 "$root/tmp"
strip --strip-debug -o "$root/orderweaver" "$binary"
chmod 755 "$root/orderweaver"
# The loader and the libraries, at the paths where the loader looks for them.
ldd "$binary" | grep -o '/[^ ]*' | xargs cp --parents --dereference --target-directory "$root"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
echo 'orderweaver:x:10001:10001::/data:/orderweaver' >"$root/etc/passwd"
echo 'orderweaver:x:10001:' >"$root/etc/group"
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
