package standin

// UnknownAccount stands for the account of a preview if the user has not set one. No account has this id, so an ARN
// with another id may or may not be the stack's own.
const UnknownAccount = "000000000000"

// AssumedRegion is the member of a provider's configuration that names the region which a plan assumes because nobody
// has configured one. Programs need a region to run, so the assumed one appears in ARNs and URLs like any other; but
// whether it is the region of another ARN is not known.
const AssumedRegion = "pipeguard:assumedRegion"
