// Packs a report into one object.
import { createReadStream } from "node:fs";
import { createGzip } from "node:zlib";
import { S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";

const client = new S3Client({});

export const handler = async (event) => {
  const packed = createReadStream(event.report).pipe(createGzip());
  await new Upload({ client, params: { Bucket: process.env.REPORTS, Key: event.report, Body: packed } }).done();
};
