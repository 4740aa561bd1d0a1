import { GetObjectCommand, PutObjectCommand, S3, S3Client } from "@aws-sdk/client-s3";
import sharp from "sharp";
import { PassThrough, Readable } from "stream";
import { createGzip } from "zlib";
import { upload } from "./upload";

const s3 = new S3Client({});
const whole = new S3({});

export const handler = async (event: { bucket: string; key: string }): Promise<void> => {
    const original = await s3.send(new GetObjectCommand({ Bucket: event.bucket, Key: event.key }));

    const small = new PassThrough();
    (original.Body as Readable).pipe(sharp().resize(300)).pipe(small);
    await s3.send(new PutObjectCommand({ Bucket: "small", Key: event.key, Body: small })); // want handler-buffered-upload

    const lines = Readable.from(["made ", event.key]);
    await whole.putObject({ Bucket: "lines", Key: event.key, Body: lines }); // want handler-buffered-upload

    await upload(s3, "zipped", lines.pipe(createGzip()));
};
