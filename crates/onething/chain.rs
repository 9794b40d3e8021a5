//! Choosing the hash function of the histories.

use onething_store::ChainHash;

/// The hash function wished for.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(crate) struct Wish {
    /// 历史记录链的杂凑算法，新建数据目录时选定；缺省 sha256 / Hash function of the histories, chosen when the data directory is made; sha256 by default
    #[arg(long = "chain", value_name = "HASH", global = true)]
    hash: Option<Name>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Name {
    /// SHA-256 (FIPS 180-4)
    Sha256,
    /// SM3（GB/T 32905-2016）
    Sm3,
}

impl Wish {
    /// The hash function, if one is wished for.
    pub(crate) fn hash(self) -> Option<ChainHash> {
        self.hash.map(|name| match name {
            Name::Sha256 => ChainHash::Sha256,
            Name::Sm3 => ChainHash::Sm3,
        })
    }
}
