import { execFileSync, spawnSync } from "child_process";
import * as fs from "fs";

// A handler may start what it likes.
export const handler = async (): Promise<void> => {
    fs.rmSync("/tmp/frames", { recursive: true, force: true });
    spawnSync("ffmpeg", ["-i", "/tmp/film.mp4", "/tmp/frames/%d.jpg"]);
    execFileSync("zip", ["-r", "/tmp/frames.zip", "/tmp/frames"]);
};
