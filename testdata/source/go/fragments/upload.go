buf := &bytes.Buffer{}
jpeg.Encode(buf, thumbnail, nil)
_, err := client.PutObject(ctx, &s3.PutObjectInput{ // want handler-buffered-upload
	Bucket: aws.String(destination),
	Key:    aws.String(key),
	Body:   buf,
})
