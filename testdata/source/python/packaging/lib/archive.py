"""Packs a folder."""
import os
import shutil
import zipfile


def pack(folder, target):
    with zipfile.ZipFile(target, "w") as package:  # want source-runtime-packaging
        for name in sorted(os.listdir(folder)):
            package.write(os.path.join(folder, name), name)
    shutil.make_archive("layer", "zip", folder)  # want source-runtime-packaging
