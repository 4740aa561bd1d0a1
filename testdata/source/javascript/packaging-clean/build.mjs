import { execSync } from "node:child_process";

execSync("npm ci && zip -r dist/code.zip node_modules");
