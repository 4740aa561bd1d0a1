const folder = "lambda_package"

func prepare() error {
	if _, err := os.Stat(folder); err == nil {
		os.RemoveAll(folder) // want source-runtime-packaging
	}
	os.MkdirAll(folder, 0o755) // want source-runtime-packaging
	return exec.Command("pip", "install", "--target", folder, "-r", "requirements.txt").Run() // want source-runtime-packaging
}
