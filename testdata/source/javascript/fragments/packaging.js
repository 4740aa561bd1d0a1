execSync("npm ci --omit=dev"); // want source-runtime-packaging
fs.rmSync("build", { recursive: true }); // want source-runtime-packaging
