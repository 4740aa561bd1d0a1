buffer = io.BytesIO()
small.save(buffer, format='JPEG', quality=85, optimize=True)
buffer.seek(0)

s3_client.put_object(
    Bucket=out,
    Key=small_key,
    Body=buffer.getvalue(),
    ContentType='image/jpeg',
    ServerSideEncryption='aws:kms'
)
