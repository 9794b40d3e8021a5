//! Certificates for a server on this machine.

use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

/// A certificate for 127.0.0.1, and that of the authority that signed it, in a folder of their own.
pub struct Certificates {
    directory: TempDir,
}

impl Certificates {
    /// Makes them.
    ///
    /// # Panics
    /// They cannot be written.
    pub fn make() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        // A certificate whose subject is its issuer would be taken for one that signed itself.
        authority.distinguished_name.push(DnType::CommonName, "authority");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority_key = KeyPair::generate().unwrap();
        let root = authority.self_signed(&authority_key).unwrap();
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        let leaf = leaf.signed_by(&key, &Issuer::new(authority, authority_key)).unwrap();
        for (name, text) in [("ca.pem", root.pem()), ("cert.pem", leaf.pem()), ("key.pem", key.serialize_pem())] {
            std::fs::write(directory.path().join(name), text).unwrap();
        }
        Self { directory }
    }

    /// Where one of them lies: `ca.pem`, `cert.pem` or `key.pem`.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// What a server is configured with to be spoken to with TLS at a port; clients must show a certificate as well.
    pub fn settings(&self, port: u16) -> Vec<String> {
        let line = |name: &str, path: &Path| format!("{name} {}", path.display());
        vec![
            format!("tls-port {port}"),
            line("tls-cert-file", &self.path("cert.pem")),
            line("tls-key-file", &self.path("key.pem")),
            line("tls-ca-cert-file", &self.path("ca.pem")),
        ]
    }
}
