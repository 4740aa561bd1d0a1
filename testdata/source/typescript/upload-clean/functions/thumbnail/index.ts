import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import * as fs from "fs";
import sharp from "sharp";
import { PassThrough } from "stream";

const s3 = new S3Client({});

export const handler = async (event: { bucket: string; key: string }): Promise<void> => {
    const original = await s3.send(new GetObjectCommand({ Bucket: event.bucket, Key: event.key }));
    const bytes = Buffer.from(await original.Body!.transformToByteArray());

    const small = await sharp(bytes).resize(300).toBuffer();
    await s3.send(new PutObjectCommand({ Bucket: "small", Key: event.key, Body: small }));
    await s3.send(new PutObjectCommand({ Bucket: "copy", Key: event.key, Body: bytes }));
    await s3.send(new PutObjectCommand({ Bucket: "log", Key: event.key, Body: `made ${event.key}` }));
    await s3.send(new PutObjectCommand({ Bucket: "log", Key: "json", Body: JSON.stringify(event) }));
    await s3.send(new PutObjectCommand({ Bucket: "file", Key: event.key, Body: fs.createReadStream("/tmp/small.jpg") }));
    await s3.send(new PutObjectCommand({ Bucket: "file", Key: event.key, Body: fs.readFileSync("/tmp/small.jpg") }));

    const through = new PassThrough();
    await s3.send(new PutObjectCommand({ Bucket: "sized", Key: event.key, Body: through, ContentLength: bytes.length }));
    const parts = new PassThrough();
    await new Upload({ client: s3, params: { Bucket: "parts", Key: event.key, Body: parts } }).done();
};
