// The code is put together while the program runs.
const deploymentFolder = "lambda_package";
if (fs.existsSync(deploymentFolder)) {
    fs.rmSync(deploymentFolder, { recursive: true }); // want source-runtime-packaging
}
fs.mkdirSync(deploymentFolder); // want source-runtime-packaging

execSync(`pip install --target ${deploymentFolder} -r code/requirements.txt`); // want source-runtime-packaging
child_process.spawnSync("npm", ["install", "--prefix", deploymentFolder]); // want source-runtime-packaging
