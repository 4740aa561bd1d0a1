import AdmZip = require("adm-zip");
import * as childProcess from "child_process";

/** Runs an installer; the entry point says which. */
export function install(command: string): void {
    childProcess.execSync(command); // want source-runtime-packaging
}

export const tools = {
    pack() {
        const zip = new AdmZip();
        zip.addLocalFolder("lambda_package");
        zip.writeZip("code.zip"); // want source-runtime-packaging
    },
};
