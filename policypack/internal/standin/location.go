package standin

// UnknownAccount stands for the account of a preview for which nobody has pinned one. No account has this id, so that
// an ARN with another says nothing about whether it is the stack's own.
const UnknownAccount = "000000000000"

// AssumedRegion is the member of a provider's configuration that names the region which a plan assumes for it, because
// nobody has configured one. Programs need a region to run on, so that the assumed one is in ARNs and URLs like any
// other; but whether it is that of another ARN is not known.
const AssumedRegion = "pipeguard:assumedRegion"
