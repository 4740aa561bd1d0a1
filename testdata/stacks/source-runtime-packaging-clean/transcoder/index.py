"""Makes films smaller, and packs what it made."""

import subprocess
import zipfile


def handler(event, context):
    subprocess.run(["ffmpeg", "-i", event["film"], "-vf", "scale=320:-2", "/tmp/film.mp4"], check=True)
    with zipfile.ZipFile("/tmp/films.zip", "w") as films:
        films.write("/tmp/film.mp4", "film.mp4")
