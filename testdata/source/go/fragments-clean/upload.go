var buf bytes.Buffer
jpeg.Encode(&buf, thumbnail, nil)
_, err := client.PutObject(ctx, &s3.PutObjectInput{
	Bucket: aws.String(destination),
	Key:    aws.String(key),
	Body:   bytes.NewReader(buf.Bytes()),
})
