"""The build script beside the program: the program never imports it."""
import shutil
import subprocess

shutil.rmtree("dist", ignore_errors=True)
subprocess.run(["pip", "install", "-r", "requirements.txt", "-t", "dist"], check=True)
shutil.make_archive("dist/thumbnail", "zip", "dist")
