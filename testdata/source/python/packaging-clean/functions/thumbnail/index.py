"""A handler may run processes: this one runs a video tool."""
import shutil
import subprocess
import zipfile


def handler(event, context):
    shutil.rmtree("/tmp/frames", ignore_errors=True)
    subprocess.run(["ffmpeg", "-i", event["video"], "/tmp/frames/%d.png"], check=True)
    with zipfile.ZipFile("/tmp/frames.zip", "w") as frames:
        frames.write("/tmp/frames/1.png")
