# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate authority of this machine, and the certificate of the servers on loopback."""

from __future__ import annotations

import ipaddress
import os
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

#: The host name of every server. It leads to loopback on every system, with IPv4 and IPv6.
HOST = "localhost"

_CA_DAYS = 3650
_SERVER_DAYS = 397
_LEAST_DAYS = 30


class Authority:
    """A certificate authority kept in a folder, made when it is first needed; its key never leaves the folder.

    Args:
        folder: where ``ca.pem`` and ``ca-key.pem`` are.
    """

    def __init__(self, folder: Path) -> None:
        self.certificate_file = folder / "ca.pem"
        self._key_file = folder / "ca-key.pem"
        folder.mkdir(parents=True, exist_ok=True)
        if not self._usable():
            self._make()

    def server_context(self, folder: Path) -> ssl.SSLContext:
        """Return the TLS settings of a server named `HOST`, with a new certificate.

        Args:
            folder: a folder of this process, for the moment that the certificate is read from a file.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        names = [x509.DNSName(HOST), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        names.append(x509.IPAddress(ipaddress.ip_address("::1")))
        authority = x509.load_pem_x509_certificate(self.certificate_file.read_bytes())
        builder = _builder(HOST, authority.subject, key, _SERVER_DAYS)
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        own = self._key()
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(own.public_key())
        certificate = builder.add_extension(issuer, critical=False).sign(own, hashes.SHA256())
        file = folder / "server.pem"
        _write(file, _private(key) + certificate.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(file)
        file.unlink()
        return context

    def _usable(self) -> bool:
        """Tell whether there is a pair that belongs together and is valid for a while."""
        try:
            certificate = x509.load_pem_x509_certificate(self.certificate_file.read_bytes())
            key = self._key()
        except (FileNotFoundError, ValueError):
            return False
        lasts = certificate.not_valid_after_utc > datetime.now(UTC) + timedelta(days=_LEAST_DAYS)
        return lasts and certificate.public_key() == key.public_key()

    def _key(self) -> ec.EllipticCurvePrivateKey:
        key = serialization.load_pem_private_key(self._key_file.read_bytes(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError("not a key of this authority")
        return key

    def _make(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name("dataai.platform RDS CA of this machine, trusted by nobody else")
        builder = _builder(name, name, key, _CA_DAYS)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
        builder = builder.add_extension(identifier, critical=False)
        builder = builder.add_extension(_signs_certificates(), critical=True)
        certificate = builder.sign(key, hashes.SHA256())
        _write(self._key_file, _private(key))
        _write(self.certificate_file, certificate.public_bytes(serialization.Encoding.PEM), 0o644)


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "dataai.platform"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _builder(
    subject: str | x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject) if isinstance(subject, str) else subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _signs_certificates() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(file: Path, content: bytes, mode: int = 0o600) -> None:
    """Write a file that at no moment has other permissions or half of its content."""
    temporary = file.with_name(f"{file.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
    temporary.replace(file)
