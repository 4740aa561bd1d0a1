import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { PassThrough, Readable } from "stream";

/** Uploads through a stream of its own. */
export async function upload(client: S3Client, key: string, from: Readable): Promise<void> {
    const through = from.pipe(new PassThrough());
    const body = new PassThrough();
    through.pipe(body);
    const command = new PutObjectCommand({ Bucket: "streams", Key: key, Body: body }); // want handler-buffered-upload
    await client.send(command);
}
