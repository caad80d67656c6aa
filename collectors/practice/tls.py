"""A certificate for the practice servers: this machine only, issued by an authority made for the occasion."""

import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True)
class Certificate:
    """A key and certificate for `localhost` and 127.0.0.1, and the authority to trust for them.

    `ca_path` is what a provider's CA bundle setting takes; the key exists in memory only.
    """

    key_pem: bytes
    cert_pem: bytes
    ca_path: Path

    def server_context(self) -> ssl.SSLContext:
        """What an HTTPS server wraps its socket with."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as folder:  # the ssl module reads keys from files only
            path = Path(folder) / "key-and-certificate.pem"
            path.touch(mode=0o600)
            path.write_bytes(self.key_pem + self.cert_pem)
            context.load_cert_chain(path)
        return context


def issue(folder: Path) -> Certificate:
    """Make an authority and a certificate of it; the authority's own certificate goes to `folder`/ca.pem."""
    authority = trustme.CA()
    leaf = authority.issue_cert("localhost", "127.0.0.1")
    ca_path = folder / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_path))
    chain = b"".join(blob.bytes() for blob in leaf.cert_chain_pems)
    return Certificate(key_pem=leaf.private_key_pem.bytes(), cert_pem=chain, ca_path=ca_path)
