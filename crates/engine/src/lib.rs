//! The definition, its proof, the command/event machine and the statutory clock.
