"""Certificates that are made for a test: of an authority, of a server on loopback, and of a client."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from collections.abc import Mapping
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

NOW = datetime.datetime.now(datetime.UTC)


def certificates(folder: Path) -> dict[str, Path]:
    """PEM files of an authority, and of certificates that it issued to a server and to a client."""
    authority = _certificate(folder, "authority", None)
    text = authority.read_bytes()
    key = serialization.load_pem_private_key(text, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    issuer = (x509.load_pem_x509_certificate(text), key)
    return {"authority": authority, **{name: _certificate(folder, name, issuer) for name in ("server", "client")}}


def server_context(pems: Mapping[str, Path], *, asks: bool) -> ssl.SSLContext:
    """TLS of a server with these certificates, which may ask a client for one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pems["server"])
    if asks:
        context.load_verify_locations(pems["authority"])
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def _certificate(folder: Path, name: str, issuer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None) -> Path:
    """A PEM of a certificate and its key: of an authority, or issued by one for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder(
        issuer[0].subject if issuer else subject,
        subject,
        key.public_key(),
        x509.random_serial_number(),
        NOW - datetime.timedelta(days=1),
        NOW + datetime.timedelta(days=1),
    ).add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    signed = builder.add_extension(address, critical=False).sign(issuer[1] if issuer else key, hashes.SHA256())
    form = serialization.PrivateFormat.PKCS8
    text = signed.public_bytes(serialization.Encoding.PEM)
    text += key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    path = folder / f"{name}.pem"
    path.write_bytes(text)
    return path
