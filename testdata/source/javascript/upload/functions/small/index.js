const { PutObjectCommand, S3Client } = require("@aws-sdk/client-s3");
const { PassThrough } = require("stream");
const https = require("https");

const client = new S3Client({});

exports.handler = async (event) => {
    const body = new PassThrough();
    https.get(event.url, (response) => response.pipe(body));
    await client.send(new PutObjectCommand({ Bucket: "small", Key: event.key, Body: body })); // want handler-buffered-upload
    const fetched = await fetchFile(event.url);
    await client.send(new PutObjectCommand({ Bucket: "small", Key: "logo", Body: fetched })); // want handler-buffered-upload
    https.get(event.url, (response) => {
        client.send(new PutObjectCommand({ Bucket: "small", Key: "icon", Body: response })); // want handler-buffered-upload
    });
};

const fetchFile = (url) => new Promise((resolve) => https.get(url, (response) => resolve(response)));
