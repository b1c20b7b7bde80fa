#!/bin/sh
# Build .venv from requirements.lock, or bring it up to date, and make the checkout importable as a collection.
# uv installs in seconds what takes pip minutes; where uv cannot reach the index that pip is configured for, pip does it.
set -eu

"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Python 3.11 or newer is needed; say which one with: make PYTHON=python3.x" >&2
    exit 1
}
"$PYTHON" -m venv .venv
bin=.venv/bin

# The lock's own entry of uv, so that the installer is pinned and hashed like all it installs.
awk '/^[^ #]/ {wanted = /^uv==/} wanted' requirements.lock > .venv/uv.lock
"$bin/pip" install --quiet --disable-pip-version-check --require-hashes --requirement .venv/uv.lock

# Without a cache: uv leaves locks in it that everybody on the machine may write to.
if ! UV_SYSTEM_CERTS=1 "$bin/uv" pip install --quiet --no-cache --python "$bin/python" --require-hashes -r requirements.lock; then
    echo "uv could not install; trying pip, which takes some minutes" >&2
    "$bin/pip" install --quiet --disable-pip-version-check --no-compile --require-hashes --requirement requirements.lock
fi

# The same goes for the lock that it leaves here.
[ ! -e .venv/.lock ] || chmod go-w .venv/.lock

# Where Python may not keep compiled code (PYTHONDONTWRITEBYTECODE, as in many containers) every start of Ansible would
# compile all that it imports. Collections are left out: Ansible reads their sources anyway. Some packages hold templates
# and samples that are no Python of this version; what cannot be compiled is no reason to stop.
"$bin/python" -m compileall -q -j 0 -x "/(ansible_collections|ansible_test|cfnlint|mypy|networkx|pip|sphinx|sympy)/" \
    "$("$bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" > /dev/null || true

# ansible.cfg names this folder, whatever Python it is of.
ln -sfn "$("$bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/ansible_collections" \
    .venv/ansible_collections

# Ansible, ansible-lint and pytest all look for collections in site-packages. What they find there is a pre-release of the
# next version, so that ansible-galaxy does not take a built artifact for installed already.
collection=$("$bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/ansible_collections/dataai/platform
rm -rf "$collection"
mkdir -p "$collection"
for part in README.md changelogs docs meta playbooks plugins roles; do
    ln -s "$PWD/$part" "$collection/$part"
done
sed 's/^version: .*/&-dev/' galaxy.yml > "$collection/galaxy.yml"
touch .venv/.ready
