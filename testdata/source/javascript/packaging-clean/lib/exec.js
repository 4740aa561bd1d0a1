// Nothing is run: the name is that of a command pattern.
module.exports = {
    exec(name) {
        return `execSync("${name}")`;
    },
};
