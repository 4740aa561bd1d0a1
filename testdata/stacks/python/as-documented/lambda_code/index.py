import os
from io import BytesIO

import boto3
from PIL import Image

s3 = boto3.client("s3")
DESTINATION_BUCKET = os.environ["DESTINATION_BUCKET"]


def handler(event, context):
    record = event["Records"][0]["s3"]
    body = s3.get_object(Bucket=record["bucket"]["name"], Key=record["object"]["key"])["Body"]
    image = Image.open(BytesIO(body.read()))
    image.thumbnail((200, 200))
    buffer = BytesIO()
    image.save(buffer, format="JPEG")
    buffer.seek(0)
    s3.put_object(
        Bucket=DESTINATION_BUCKET,
        Key=record["object"]["key"],
        Body=buffer,
        ContentType="image/jpeg",
    )
