"""A school in network namespaces, on real Open vSwitch, nftables and sshd, run by the real product."""
