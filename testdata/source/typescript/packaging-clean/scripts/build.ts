import { execSync } from "child_process";
import * as fs from "fs";

/** Packages the function. It is run by npm, never by the program. */
export function build(): void {
    fs.rmSync("dist", { recursive: true, force: true });
    execSync("npx esbuild handler/index.ts --bundle --outfile=dist/index.js");
    execSync("cd dist && zip -X code.zip index.js");
}

build();
