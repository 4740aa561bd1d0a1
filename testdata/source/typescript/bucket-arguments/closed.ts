/** Arguments that close a bucket, or so its author thought. */
export const closed = { blockPublicAcls: true, ignorePublicAcls: true };
