const out = new PassThrough();
image.pipe(out);

await s3.send(new PutObjectCommand({ Bucket: destination, Key: key, Body: out, ContentType: "image/jpeg" })); // want handler-buffered-upload
