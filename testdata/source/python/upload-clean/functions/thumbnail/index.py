import io
import json
import os

import boto3
from PIL import Image

s3 = boto3.client("s3")
OUT = os.environ["OUT"]


def handler(event, context):
    for record in event["Records"]:
        key = record["s3"]["object"]["key"]
        thumbnail(key)
        files(key)
        streams(key)


def thumbnail(key):
    body = s3.get_object(Bucket=OUT, Key=key)["Body"].read()
    image = Image.open(io.BytesIO(body))
    buffer = io.BytesIO()
    image.save(buffer, format="JPEG")
    buffer.seek(0)
    s3.put_object(Bucket=OUT, Key=key, Body=buffer.getvalue())
    s3.put_object(Bucket=OUT, Key=key + ".copy", Body=buffer.read())
    s3.put_object(Bucket=OUT, Key=f"{key}.json", Body=json.dumps({"key": key}).encode())
    s3.put_object(Bucket=OUT, Key=f"{key}.txt", Body=b"done")


def files(key):
    with open("/tmp/image.jpg", "rb") as file:
        s3.put_object(Bucket=OUT, Key=key, Body=file)
    with open("/tmp/image.jpg", "rb") as file:
        s3.put_object(Bucket=OUT, Key=key, Body=file.read())


def streams(key):
    # This one is made for streams.
    buffer = io.BytesIO(b"image")
    s3.upload_fileobj(buffer, OUT, key)
    written = io.BytesIO()
    Image.new("RGB", (1, 1)).save(written, "JPEG")
    written.seek(0)
    s3.upload_fileobj(written, OUT, key)
    with open("/tmp/report", "wb") as file:
        file.write(b"seen")
    with open("/tmp/report", "rb") as file:
        s3.upload_fileobj(file, OUT, key)
    copy = io.BytesIO(s3.get_object(Bucket=OUT, Key=key)["Body"].read())
    s3.put_object(Bucket=OUT, Key=key, Body=copy)
    s3.upload_fileobj(s3.get_object(Bucket=OUT, Key=key)["Body"], OUT, key)


class Shelf:
    """Has a method of the same name."""

    def put_object(self, Body):
        return Body


Shelf().put_object(Body=io.BytesIO())
# s3.put_object(Body=io.BytesIO())
