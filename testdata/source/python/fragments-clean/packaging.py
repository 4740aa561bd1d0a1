# The folder is made before the program runs
code=pulumi.AssetArchive({
    ".": pulumi.FileArchive(os.path.join(os.path.dirname(__file__), "..", "functions"))
})
