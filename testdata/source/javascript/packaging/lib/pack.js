const { createWriteStream } = require("fs");
const archiver = require("archiver");

exports.pack = function (name) {
    const archive = archiver("zip", { zlib: { level: 9 } }); // want source-runtime-packaging
    archive.pipe(createWriteStream(name));
    archive.directory("build", false);
    return archive.finalize();
};

if (require.main === module) {
    // Only when it is run by hand.
    require("child_process").execSync("npm ci");
}
