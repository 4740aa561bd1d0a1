// No checks, no dead-letter queue, no unique name: other rules' business.
const named = new aws.s3.Bucket(`${prefix}-source-bucket`);
const plain = new aws.lambda.Function(`${prefix}-plain`, { handler: "index.handler", runtime: "nodejs22.x" });
export const sourceName = named.id;
