const small = await image.resize(300).toBuffer();

await s3.send(new PutObjectCommand({ Bucket: destination, Key: key, Body: small, ContentType: "image/jpeg" }));
