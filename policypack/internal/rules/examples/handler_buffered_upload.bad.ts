import { createGzip } from "node:zlib";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";

const s3 = new S3Client({});

export const handler = async (event: any) => {
    const record = event.Records[0].s3;
    const source = await s3.send(new GetObjectCommand({ Bucket: record.bucket.name, Key: record.object.key }));
    const packed = (source.Body as any).pipe(createGzip());
    await s3.send(new PutObjectCommand({ Bucket: process.env.PACKED, Key: record.object.key, Body: packed }));
};
