import { createReadStream } from "node:fs";
import { createGzip } from "node:zlib";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";

const s3 = new S3Client({});

export const handler = async (event: { report: string }) => {
    const packed = createReadStream(event.report).pipe(createGzip());
    await s3.send(new PutObjectCommand({ Bucket: process.env.REPORTS, Key: event.report, Body: packed }));
};
