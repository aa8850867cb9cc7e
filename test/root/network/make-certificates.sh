#!/bin/sh
# Makes the certificates beside it anew, valid from 2020 on for any clock: an authority's, a server's that it signed,
# and one that has expired. Nothing but tests trusts them, so their key is no secret.
set -eu
there=$(cd "$(dirname "$0")" && pwd)
cd "$(mktemp -d)"
printf '%s\n' '[ca]' default_ca=d '[d]' database=index serial=serial new_certs_dir=. default_md=sha256 \
  policy=p copy_extensions=copy unique_subject=no '[p]' commonName=supplied >ca.cnf
: >index
echo 01 >serial
for name in authority server; do
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out $name.key.pem
done
openssl req -new -key authority.key.pem -subj "/CN=topsheet test authority" \
  -addext basicConstraints=critical,CA:TRUE -out authority.csr
openssl req -new -key server.key.pem -subj /CN=localhost \
  -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -out server.csr
sign() { openssl ca -config ca.cnf -batch -notext -keyfile authority.key.pem "$@"; }
sign -selfsign -in authority.csr -startdate 20200101000000Z -enddate 21200101000000Z -out authority.pem
sign -cert authority.pem -in server.csr -startdate 20200101000000Z -enddate 21200101000000Z -out server.pem
sign -cert authority.pem -in server.csr -startdate 20200101000000Z -enddate 20200201000000Z -out expired.pem
cp authority.pem server.pem expired.pem server.key.pem "$there"
