# A folder for the package.
package_dir = "function_package"
if os.path.exists(package_dir):
    shutil.rmtree(package_dir)  # want source-runtime-packaging
os.makedirs(package_dir)  # want source-runtime-packaging

# What the function needs, installed while the program runs.
subprocess.run([  # want source-runtime-packaging
    "pip", "install",
    "--target", package_dir,
    "-r", "functions/requirements.txt"
], check=True)
