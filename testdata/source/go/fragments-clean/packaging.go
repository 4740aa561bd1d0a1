Code: pulumi.NewAssetArchive(map[string]any{
	".": pulumi.NewFileArchive("../lambda_code"),
}),
