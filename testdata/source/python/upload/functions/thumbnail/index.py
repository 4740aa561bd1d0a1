import hashlib
import io
import os
import tempfile
from io import BytesIO

import boto3
import requests
from PIL import Image

import store

s3 = boto3.client("s3")
OUT = os.environ["OUT"]


def handler(event, context):
    for record in event["Records"]:
        key = record["s3"]["object"]["key"]
        thumbnail(key)
        copy(key)
        frames(key)
        fetched(event["url"])
        streams(key)
        store.Store(OUT).save(key)


def thumbnail(key):
    image = Image.open(BytesIO(s3.get_object(Bucket=OUT, Key=key)["Body"].read()))
    buffer = BytesIO()
    image.save(buffer, format="JPEG")
    buffer.seek(0)
    s3.put_object(Bucket=OUT, Key=key, Body=buffer, ContentType="image/jpeg")  # want handler-buffered-upload


def copy(key):
    with open("/tmp/copy", "wb+") as file:
        s3.download_fileobj(OUT, key, file)
        s3.put_object(Bucket=OUT, Key=key, Body=file)  # want handler-buffered-upload


def frames(key):
    data = encoded(key)
    s3.put_object(Bucket=OUT, Key=key, Body=data)  # want handler-buffered-upload


def encoded(key):
    out = io.BytesIO()
    out.write(key.encode())
    return out


def fetched(url):
    body = requests.get(url, stream=True).raw
    s3.put_object(Bucket=OUT, Key=url, Body=body)  # want handler-buffered-upload


def streams(key):
    written = io.BytesIO()
    Image.new("RGB", (1, 1)).save(written, "JPEG")
    s3.upload_fileobj(written, OUT, key)  # want handler-buffered-upload
    with tempfile.TemporaryFile() as report:
        report.write(f"seen {key}\n".encode())
        report.flush()
        s3.upload_fileobj(report, OUT, key + ".txt")  # want handler-buffered-upload
    with open("/tmp/image.jpg", "rb") as image:
        digest = hashlib.sha256(image.read()).hexdigest()
        s3.upload_fileobj(Fileobj=image, Bucket=OUT, Key=digest)  # want handler-buffered-upload
