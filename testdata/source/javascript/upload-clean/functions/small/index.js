const { PutObjectCommand, S3Client } = require("@aws-sdk/client-s3");

const client = new S3Client({});

exports.handler = async (event) => {
    const response = await fetch(event.url);
    const body = Buffer.from(await response.arrayBuffer());
    await client.send(new PutObjectCommand({ Bucket: "small", Key: event.key, Body: body }));
};
