# The thumbnail, in memory
buffer = BytesIO()
thumbnail.save(buffer, format='JPEG')
buffer.seek(0)

s3.put_object(  # want handler-buffered-upload
    Bucket=OUT,
    Key=thumbnail_key,
    Body=buffer,
    ContentType='image/jpeg'
)
